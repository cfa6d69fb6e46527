/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

void
scan_init (struct scan *scan, struct disks *disks)
{
  scan->disks = disks;
  scan->due = true;
  scan->adopted = false;
}

/* The three levels of backend/KIND/DOMID/DEVID. */
struct level {
  struct disks *disks;
  bool *complete;  /* made false when something could not be read */
  char below[128]; /* the path so far, from "backend" on */
};

static void
scan_devid (void *opaque, const char *name)
{
  const struct level *level = opaque;
  struct device_id id;
  char text[192];

  snprintf (text, sizeof text, "%s/%s", level->below, name);
  if (device_id_parse (text, &id) == 0)
    disks_see (level->disks, &id);
}

static void
scan_domid (void *opaque, const char *name)
{
  const struct level *kind = opaque;
  const struct disk_context *context = &kind->disks->context;
  struct level level = { kind->disks, kind->complete, "" };
  char path[DEVICE_PATH_MAX];

  if (snprintf (level.below, sizeof level.below, "%s/%s", kind->below, name)
      >= (int) sizeof level.below)
    return;
  snprintf (path, sizeof path, "/local/domain/%u/backend/%s",
            context->own_domid, level.below);
  if (store_children (context->store, STORE_NOW, path, scan_devid,
                      &level) == -1)
    *level.complete = false;
}

static bool
scan_devices (struct disks *disks)
{
  const struct disk_context *context = &disks->context;
  bool complete = true;
  unsigned kind;

  disks_begin_seeing (disks);
  for (kind = 0; kind < DEVICE_KINDS; kind++) {
    struct level level = { disks, &complete, "" };
    char path[DEVICE_PATH_MAX];

    snprintf (level.below, sizeof level.below, "%s", device_kind_name (kind));
    snprintf (path, sizeof path, "/local/domain/%u/backend/%s",
              context->own_domid, level.below);
    if (store_children (context->store, STORE_NOW, path, scan_domid,
                        &level) == -1)
      complete = false;
  }
  disks_end_seeing (disks);
  return complete;
}

/* The device whose worker has a socket of this name.  Returns false if it is
 * none.
 */
static bool
device_of_socket (const char *file, struct device_id *id)
{
  char text[64];
  unsigned i;

  for (i = 0; file[i] && file[i] != '.' && i < sizeof text - 1; i++)
    text[i] = file[i] == '-' ? '/' : file[i];
  text[i] = '\0';
  return strcmp (file + i, ".sock") == 0 && device_id_parse (text, id) == 0;
}

static bool
scan_orphans (struct disks *disks)
{
  DIR *dir = opendir (disks->context.program.run_dir);
  struct dirent *entry;
  struct device_id id;
  bool complete = true;

  if (dir == NULL)
    return true;
  while ((entry = readdir (dir)) != NULL)
    if (device_of_socket (entry->d_name, &id) &&
        disks_find (disks, &id) == NULL && !disks_end_orphan (disks, &id))
      complete = false;
  closedir (dir);
  return complete;
}

bool
scan_run (struct scan *scan)
{
  scan->due = false;
  if (!scan_devices (scan->disks))
    return false;
  if (!scan->adopted)
    scan->adopted = scan_orphans (scan->disks);
  return scan->adopted;
}

/* Which device's directory is the path in?  Returns false if it is in none. */
static bool
device_of_path (const struct disks *disks, const char *path,
                struct device_id *id)
{
  char prefix[64], text[64];
  unsigned slashes = 0;
  size_t n;

  n = snprintf (prefix, sizeof prefix, "/local/domain/%u/backend/",
                disks->context.own_domid);
  if (strncmp (path, prefix, n) != 0)
    return false;
  for (path += n, n = 0; path[n] && n < sizeof text - 1; n++) {
    if (path[n] == '/' && ++slashes == 3)
      break;
    text[n] = path[n];
  }
  text[n] = '\0';
  return device_id_parse (text, id) == 0;
}

struct disk *
scan_find (struct scan *scan, const struct device_id *id)
{
  const struct disk_context *context = &scan->disks->context;
  struct disk *disk = disks_find (scan->disks, id);
  char path[DEVICE_PATH_MAX];

  if (disk || context->store == NULL)
    return disk;
  snprintf (path, sizeof path, "/local/domain/%u/backend/%s/%u/%u",
            context->own_domid, device_kind_name (id->kind), id->domid,
            id->devid);
  switch (store_exists (context->store, path)) {
  case 1:
    disks_see (scan->disks, id);
    return disks_find (scan->disks, id);
  case 0:
    return NULL;
  default:
    scan->due = true; /* the turn sees to it that it is looked for again */
    return NULL;
  }
}

void
scan_note_event (struct scan *scan, const char *path)
{
  struct device_id id;
  struct disk *disk;

  if (device_of_path (scan->disks, path, &id)) {
    disk = scan_find (scan, &id);
    if (disk)
      disk_mark (disk);
  }
  else if (!disks_mark_frontend (scan->disks, path))
    scan->due = true; /* and it stays so, whatever comes next */
}

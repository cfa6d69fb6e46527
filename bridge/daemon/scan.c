/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "scan.h"

struct disk *
scan_find (struct daemon *daemon, const struct device_id *id)
{
  struct disk *disk;

  for (disk = daemon->disks; disk; disk = disk->next)
    if (!disk->leaving && device_id_equal (&disk->id, id))
      return disk;
  return NULL;
}

static void
see_device (struct daemon *daemon, const struct device_id *id)
{
  struct disk *disk = scan_find (daemon, id);

  if (disk == NULL) {
    disk = disk_new (daemon, id);
    if (disk == NULL) {
      log_error (NULL, "out of memory");
      return;
    }
    disk->next = daemon->disks;
    daemon->disks = disk;
  }
  disk->seen = true;
}

/* The three levels of backend/KIND/DOMID/DEVID. */
struct level {
  struct daemon *daemon;
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
    see_device (level->daemon, &id);
}

static void
scan_domid (void *opaque, const char *name)
{
  const struct level *kind = opaque;
  struct level level = { kind->daemon, kind->complete, "" };
  char path[DEVICE_PATH_MAX];

  if (snprintf (level.below, sizeof level.below, "%s/%s", kind->below, name)
      >= (int) sizeof level.below)
    return;
  snprintf (path, sizeof path, "/local/domain/%u/backend/%s",
            kind->daemon->own_domid, level.below);
  if (store_children (kind->daemon->store, STORE_NOW, path, scan_devid,
                      &level) == -1)
    *level.complete = false;
}

bool
scan_devices (struct daemon *daemon)
{
  bool complete = true;
  struct disk *disk;
  unsigned kind;

  daemon->scan = false;
  for (disk = daemon->disks; disk; disk = disk->next)
    disk->seen = false;
  for (kind = 0; kind < DEVICE_KINDS; kind++) {
    struct level level = { daemon, &complete, "" };
    char path[DEVICE_PATH_MAX];

    snprintf (level.below, sizeof level.below, "%s", device_kind_name (kind));
    snprintf (path, sizeof path, "/local/domain/%u/backend/%s",
              daemon->own_domid, level.below);
    if (store_children (daemon->store, STORE_NOW, path, scan_domid,
                        &level) == -1)
      complete = false;
  }
  for (disk = daemon->disks; disk; disk = disk->next)
    if (!disk->seen)
      disk->marked = true; /* it will see for itself that it is gone */
  return complete;
}

/* Returns false if there is a worker that has only just been started. */
static bool
adopt_orphan (struct daemon *daemon, const char *file)
{
  struct device_id id;
  struct disk *disk;
  char text[64];
  unsigned i;

  for (i = 0; file[i] && file[i] != '.' && i < sizeof text - 1; i++)
    text[i] = file[i] == '-' ? '/' : file[i];
  text[i] = '\0';
  if (strcmp (file + i, ".sock") != 0 || device_id_parse (text, &id) == -1 ||
      scan_find (daemon, &id) != NULL)
    return true;
  disk = disk_new (daemon, &id);
  if (disk == NULL)
    return false;
  disk->ours = true;
  if (link_start (&disk->link, &daemon->program, false) == 0)
    log_warning (disk->name, "found a worker without a device");
  else if (errno == EAGAIN) {
    disk_free (disk);
    return false;
  }
  if (disk_leave (disk)) {
    disk_free (disk);
    return true;
  }
  disk->next = daemon->disks;
  daemon->disks = disk;
  return true;
}

bool
scan_orphans (struct daemon *daemon)
{
  DIR *dir = opendir (daemon->program.run_dir);
  struct dirent *entry;
  bool complete = true;

  if (dir == NULL)
    return true;
  while ((entry = readdir (dir)) != NULL)
    if (!adopt_orphan (daemon, entry->d_name))
      complete = false;
  closedir (dir);
  return complete;
}

/* The disk whose frontend or backend directory the path is in, or NULL. */
static struct disk *
disk_of_path (struct daemon *daemon, const char *path)
{
  char prefix[64], text[64];
  struct device_id id;
  struct disk *disk;
  unsigned slashes = 0;
  size_t n;

  for (disk = daemon->disks; disk; disk = disk->next) {
    const size_t length = strlen (disk->paths.frontend);

    if (length && strncmp (path, disk->paths.frontend, length) == 0 &&
        path[length] == '/')
      return disk;
  }
  n = snprintf (prefix, sizeof prefix, "/local/domain/%u/backend/",
                daemon->own_domid);
  if (strncmp (path, prefix, n) != 0)
    return NULL;
  for (path += n, n = 0; path[n] && n < sizeof text - 1; n++) {
    if (path[n] == '/' && ++slashes == 3)
      break;
    text[n] = path[n];
  }
  text[n] = '\0';
  return device_id_parse (text, &id) == 0 ? scan_find (daemon, &id) : NULL;
}

void
scan_note_event (struct daemon *daemon, const char *path)
{
  struct disk *disk = disk_of_path (daemon, path);

  if (disk)
    disk->marked = true;
  else
    daemon->scan = true; /* and it stays so, whatever comes next */
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "device-attach.h"
#include "number.h"

#define XVD_MAJOR    202u       /* of up to 16 disks with 16 partitions */
#define XVD_EXTENDED (1u << 28) /* of up to 2^20 disks with 256 partitions */

int
device_vdev_parse (const char *vdev, uint32_t *devid)
{
  uint64_t partition = 0;
  uint32_t disk = 0;
  unsigned letters = 0;

  if (strncmp (vdev, "xvd", 3) != 0)
    return -1;
  for (vdev += 3; *vdev >= 'a' && *vdev <= 'z' && letters < 2; letters++)
    disk = letters ? (disk + 1) * 26 + (uint32_t) (*vdev++ - 'a')
                   : (uint32_t) (*vdev++ - 'a');
  if (letters == 0 || *vdev == '0' ||
      (*vdev && number_parse (vdev, 255, &partition) == -1))
    return -1;
  if (disk < 16 && partition < 16)
    *devid = XVD_MAJOR << 8 | disk << 4 | (uint32_t) partition;
  else
    *devid = XVD_EXTENDED | disk << 8 | (uint32_t) partition;
  return 0;
}

static void
frontend_path (uint32_t domid, uint32_t devid, char path[DEVICE_PATH_MAX])
{
  snprintf (path, DEVICE_PATH_MAX, "/local/domain/%u/device/vbd/%u", domid,
            devid);
}

/* One node in a list of them. */
struct pair {
  const char *name, *value;
};

static int
write_half (struct store *store, unsigned transaction, const char *dir,
            const struct pair *pairs, uint32_t owner, uint32_t reader)
{
  if (store_make (store, transaction, dir, owner, reader) == -1)
    return -1;
  for (; pairs->name; pairs++)
    if (store_write (store, transaction, dir, pairs->name, "%s",
                     pairs->value) == -1)
      return -1;
  return 0;
}

static int
write_halves (struct store *store, unsigned transaction,
              const struct device_attachment *what,
              const struct device_paths *paths)
{
  char domid[16], own[16], devid[16];
  const struct pair backend[] = {
    { "frontend", paths->frontend }, { "frontend-id", domid },
    { "params", what->target }, { "dev", what->vdev },
    { "mode", what->read_only ? "r" : "w" }, { "online", "1" },
    { "removable", "0" }, { "bootable", "1" }, { "device-type", "disk" },
    { "type", device_kind_name (what->id.kind) },
    { "discard-enable", what->read_only ? "0" : "1" },
    { DEVICE_ATTACHED, "1" }, { "state", "1" }, { NULL, NULL },
  };
  const struct pair frontend[] = {
    { "backend", paths->backend }, { "backend-id", own },
    { "virtual-device", devid }, { "device-type", "disk" },
    { "state", "1" }, { NULL, NULL },
  };

  snprintf (domid, sizeof domid, "%u", what->id.domid);
  snprintf (devid, sizeof devid, "%u", what->id.devid);
  snprintf (own, sizeof own, "%u", what->own_domid);
  if (write_half (store, transaction, paths->backend, backend,
                  what->own_domid, what->id.domid) == -1)
    return -1;
  return write_half (store, transaction, paths->frontend, frontend,
                     what->id.domid, what->own_domid);
}

/* Is there a device already?  1, 0, or -1 with errno. */
static int
has_state (struct store *store, unsigned transaction, const char *dir)
{
  char text[8];

  if (store_read (store, transaction, dir, "state", text, sizeof text) == 0 ||
      errno == E2BIG || errno == EINVAL)
    return 1;
  return errno == ENOENT ? 0 : -1;
}

static int
attach (struct store *store, unsigned transaction, void *opaque)
{
  const struct device_attachment *what = opaque;
  struct device_paths paths;
  int r;

  device_paths_init (&paths, what->own_domid, &what->id);
  frontend_path (what->id.domid, what->id.devid, paths.frontend);
  if (store_exists (store, paths.vm) != 1) {
    errno = ENOENT;
    return -1;
  }
  r = has_state (store, transaction, paths.frontend);
  if (r == 0)
    r = has_state (store, transaction, paths.backend);
  if (r == 1)
    errno = EEXIST;
  return r == 0 ? write_halves (store, transaction, what, &paths) : -1;
}

int
device_attach (struct store *store, const struct device_attachment *what)
{
  return store_transact (store, attach, (void *) what);
}

struct closing {
  const struct device_paths *paths;
  bool force;
  int removed;
};

/* The folder and the last part of a path. */
static int
remove_path (struct store *store, unsigned transaction, const char *path)
{
  char dir[DEVICE_PATH_MAX], *slash;

  text_copy (dir, sizeof dir, path);
  slash = strrchr (dir, '/');
  if (slash == NULL) {
    errno = EINVAL;
    return -1;
  }
  *slash = '\0';
  return store_remove (store, transaction, dir, slash + 1);
}

/* With the folder of the domain's devices, if that is the last. */
static int
remove_backend (struct store *store, unsigned transaction, const char *path)
{
  char parent[DEVICE_PATH_MAX];
  int children;

  text_copy (parent, sizeof parent, path);
  *strrchr (parent, '/') = '\0';
  children = device_count_children (store, transaction, parent);
  if (children == -1)
    return -1;
  return remove_path (store, transaction, children == 1 ? parent : path);
}

static int
ask_to_close (struct store *store, unsigned transaction, void *opaque)
{
  const struct closing *closing = opaque;
  const char *backend = closing->paths->backend;
  uint64_t state;

  if (store_read_number (store, transaction, backend, "state", 9,
                         &state) == -1)
    return -1;
  if (closing->force &&
      remove_path (store, transaction, closing->paths->frontend) == -1)
    return -1;
  if (store_write (store, transaction, backend, "online", "0") == -1)
    return -1;
  if (state == HANDSHAKE_CLOSED)
    return 0;
  return store_write (store, transaction, backend, "state", "%d",
                      HANDSHAKE_CLOSING);
}

int
device_ask_to_close (struct store *store, const struct device_paths *paths,
                     bool force)
{
  struct closing closing = { paths, force, 0 };

  return store_transact (store, ask_to_close, &closing);
}

static int
remove_attached (struct store *store, unsigned transaction, void *opaque)
{
  struct closing *closing = opaque;
  uint64_t attached = 0;

  closing->removed = 0;
  if (store_read_number (store, transaction, closing->paths->backend,
                         DEVICE_ATTACHED, 1, &attached) == -1 &&
      errno != ENOENT)
    return -1;
  if (attached == 0)
    return 0;
  closing->removed = 1;
  if (remove_path (store, transaction, closing->paths->frontend) == -1)
    return -1;
  return remove_backend (store, transaction, closing->paths->backend);
}

int
device_remove_attached (struct store *store, const struct device_paths *paths)
{
  struct closing closing = { paths, false, 0 };

  if (store_transact (store, remove_attached, &closing) == -1)
    return -1;
  return closing.removed;
}

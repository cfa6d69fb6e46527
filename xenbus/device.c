/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "xen-public.h"

bool
device_unknown (struct store *store)
{
  return store_lost (store) ||
         (errno != ENOENT && errno != EINVAL && errno != E2BIG);
}

void
device_paths_init (struct device_paths *paths, uint32_t own_domid,
                   const struct device_id *id)
{
  const char *kind = device_kind_name (id->kind);

  snprintf (paths->backend, sizeof paths->backend,
            "/local/domain/%u/backend/%s/%u/%u",
            own_domid, kind, id->domid, id->devid);
  snprintf (paths->error, sizeof paths->error,
            "/local/domain/%u/error/backend/%s/%u/%u",
            own_domid, kind, id->domid, id->devid);
  snprintf (paths->vm, sizeof paths->vm, "/local/domain/%u", id->domid);
  paths->frontend[0] = '\0';
}

/* The path comes from the toolstack, but it decides what we read as that
 * guest's: it must be below the guest's own directory (XSA-175).
 */
static int
read_frontend_path (struct store *store, const struct device_id *id,
                    struct device_paths *paths, struct failure *failure)
{
  char prefix[64];
  uint64_t domid;

  if (store_read (store, STORE_NOW, paths->backend, "frontend",
                  paths->frontend, sizeof paths->frontend) == -1)
    return failure_set (failure, "node frontend: %s", strerror (errno));
  snprintf (prefix, sizeof prefix, "/local/domain/%u/device/", id->domid);
  if (strncmp (paths->frontend, prefix, strlen (prefix)) != 0 ||
      paths->frontend[strlen (prefix)] == '\0') {
    failure_set (failure, "node frontend is \"%s\", which is not below %s",
                 paths->frontend, prefix);
    paths->frontend[0] = '\0';
    return -1;
  }
  if (store_read_number (store, STORE_NOW, paths->backend, "frontend-id",
                         XEN_DOMID_MAX, &domid) == -1 || domid != id->domid)
    return failure_set (failure, "node frontend-id is not %u", id->domid);
  return 0;
}

/* Nodes that may be missing: "" then, and errors are for those that exist. */
static int
read_optional (struct store *store, const struct device_paths *paths,
               const char *name, char *value, size_t size,
               struct failure *failure)
{
  if (store_read (store, STORE_NOW, paths->backend, name, value, size) == -1
      && errno != ENOENT)
    return failure_set (failure, "node %s: %s", name, strerror (errno));
  return 0;
}

/* A node that is 0 or 1; if it is missing, or says something else, `usual`. */
static int
read_flag (struct store *store, const struct device_paths *paths,
           const char *name, bool usual, bool *flag, struct failure *failure)
{
  uint64_t number = usual;

  if (store_read_number (store, STORE_NOW, paths->backend, name, 1,
                         &number) == -1 && device_unknown (store))
    return failure_set (failure, "node %s: %s", name, strerror (errno));
  *flag = number == 1;
  return 0;
}

int
device_read_config (struct store *store, const struct device_id *id,
                    struct device_paths *paths, struct device_config *config,
                    struct failure *failure)
{
  char mode[8], type[16];

  memset (config, 0, sizeof *config);
  if (read_optional (store, paths, "params", config->params,
                     sizeof config->params, failure) == -1 ||
      read_optional (store, paths, "script", config->script,
                     sizeof config->script, failure) == -1 ||
      read_frontend_path (store, id, paths, failure) == -1 ||
      read_optional (store, paths, "dev", config->vdev, sizeof config->vdev,
                     failure) == -1 ||
      read_optional (store, paths, "device-type", type, sizeof type,
                     failure) == -1 ||
      read_optional (store, paths, "mode", mode, sizeof mode, failure) == -1 ||
      read_flag (store, paths, "removable", false, &config->removable,
                 failure) == -1 ||
      read_flag (store, paths, "discard-enable", true, &config->discard,
                 failure) == -1 ||
      read_flag (store, paths, DEVICE_ATTACHED, false, &config->attached,
                 failure) == -1)
    return -1;

  if (strcmp (mode, "w") != 0 && strcmp (mode, "w!") != 0 &&
      strcmp (mode, "r") != 0 && strcmp (mode, "r!") != 0)
    return failure_set (failure, "node mode is \"%s\"; it must be r or w",
                        mode);
  config->writable = mode[0] == 'w';
  config->may_share = mode[1] == '!';
  config->cdrom = strcmp (type, "cdrom") == 0;
  return 0;
}

static int
read_state (struct store *store, const char *dir, enum handshake_state *state)
{
  uint64_t number;

  if (store_read_number (store, STORE_NOW, dir, "state", HANDSHAKE_CLOSED,
                         &number) == 0) {
    *state = number;
    return 0;
  }
  if (device_unknown (store))
    return -1;
  *state = errno == ENOENT ? HANDSHAKE_UNKNOWN : HANDSHAKE_INVALID;
  return 0;
}

static int
read_online (struct store *store, const char *dir, bool *online)
{
  uint64_t number;

  if (store_read_number (store, STORE_NOW, dir, "online", UINT32_MAX,
                         &number) == 0)
    *online = number != 0;
  else if (device_unknown (store))
    return -1;
  else
    *online = errno == ENOENT; /* a toolstack that does not write it */
  return 0;
}

static int
read_claimed (struct store *store, const char *dir, bool *claimed)
{
  char status[16];

  if (store_read (store, STORE_NOW, dir, "hotplug-status", status,
                  sizeof status) == -1 && device_unknown (store))
    return -1;
  *claimed = strcmp (status, "connected") == 0;
  return 0;
}

int
device_read_state (struct store *store, const struct device_paths *paths,
                   struct device_state *state)
{
  struct device_state now = { 0 };
  int here;

  here = store_exists (store, paths->backend);
  if (here == -1)
    return -1;
  now.gone = here == 0;
  if (read_state (store, paths->backend, &now.own) == -1 ||
      read_state (store, paths->frontend, &now.frontend) == -1 ||
      read_online (store, paths->backend, &now.online) == -1 ||
      read_claimed (store, paths->backend, &now.claimed) == -1)
    return -1;
  if (now.frontend == HANDSHAKE_UNKNOWN) {
    here = store_exists (store, paths->frontend);
    if (here == -1)
      return -1;
    now.frontend_gone = here == 0;
  }
  *state = now;
  return 0;
}

static void
count_child (void *opaque, const char *name)
{
  int *children = opaque;

  (void) name;
  ++*children;
}

int
device_count_children (struct store *store, unsigned transaction,
                       const char *path)
{
  int children = 0;

  if (store_children (store, transaction, path, count_child, &children) == -1)
    return -1;
  return children;
}

int
device_read_vm (struct store *store, const struct device_paths *paths,
                char *vm)
{
  return store_read (store, STORE_NOW, paths->vm, "vm", vm,
                     DEVICE_PATH_MAX) == -1 && device_unknown (store) ? -1 : 0;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "disk-consider.h"
#include "disk-target.h"
#include "nbd-client/target.h"
#include "xenbus/device-attach.h"

static const char not_nbd[] = "the device is not an NBD disk";

/* A script decides; without one, the target does. */
static bool
is_for_us (const struct device_config *config)
{
  const char *name = strrchr (config->script, '/');

  if (config->script[0])
    return strcmp (name ? name + 1 : config->script, DISK_SCRIPT) == 0;
  return nbd_target_is_nbd (config->params);
}

void
disk_consider (struct disk *disk)
{
  struct store *store = disk->daemon->store;
  char error[DEVICE_ERROR_MAX];
  int r;

  r = device_read_config (store, &disk->id, &disk->paths, &disk->config,
                          FAILURE_INTO (error));
  if (r == -1) {
    /* Nothing is concluded from what could not be read: a worker of this
     * name may be serving a guest. */
    disk_look_again (disk);
    if (is_for_us (&disk->config) && strcmp (disk->failure, error) != 0)
      log_warning (disk->name, "left alone: %s", error);
    strcpy (disk->failure, error);
    return;
  }
  if (!is_for_us (&disk->config)) {
    if (strcmp (disk->failure, not_nbd) == 0)
      return;
    strcpy (disk->failure, not_nbd);
    log_debug (disk->name, "left alone: %s", not_nbd);
    disk_target_end_old (disk);
    return;
  }
  if (device_read_state (store, &disk->paths, &disk->state) == -1 ||
      device_read_vm (store, &disk->paths, disk->vm) == -1) {
    disk_look_again (disk);
    return;
  }
  disk->ours = true;
  disk->failure[0] = '\0';
  log_info (disk->name, "%s of domain %u, %s, target %s",
            disk->config.vdev[0] ? disk->config.vdev : "a disk",
            disk->id.domid, disk->config.writable ? "writable" : "read-only",
            disk->config.params);
  daemon_watch_frontend (disk->daemon, disk);
  disk_target_start (disk);
}

int
disk_was_changed (const struct disk *disk)
{
  struct device_paths paths = disk->paths;
  struct device_config config;
  char error[DEVICE_ERROR_MAX];

  if (device_read_config (disk->daemon->store, &disk->id, &paths, &config,
                          FAILURE_INTO (error)) == -1)
    return -1;
  return strcmp (config.params, disk->config.params) != 0 ||
         config.writable != disk->config.writable;
}

void
disk_remove_attached (struct disk *disk)
{
  struct store *store = disk->daemon->store;
  const bool closed = disk->state.own == HANDSHAKE_CLOSED &&
                      disk->rings == HANDSHAKE_RINGS_NONE;

  if (!disk->config.attached || !closed ||
      (disk->state.online && store_exists (store, disk->paths.vm) != 0))
    return;
  if (device_remove_attached (store, &disk->paths) == -1) {
    log_warning (disk->name, "cannot remove its nodes: %s", strerror (errno));
    disk_look_again (disk);
  }
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "disk-medium.h"
#include "disk-show.h"
#include "nbd-client/target.h"
#include "xenbus/device-write.h"

/* Write a node if it says something else now. */
static void
set_error_node (struct disk *disk, const char *text)
{
  if (strcmp (disk->error_node, text) == 0)
    return;
  snprintf (disk->error_node, sizeof disk->error_node, "%s", text);
  if (device_write_error (disk->daemon->store, &disk->paths,
                          disk->error_node) == -1) {
    strcpy (disk->error_node, "?");
    disk_look_again (disk);
  }
}

static void
set_state_node (struct disk *disk, const char *state, const char *reason)
{
  char text[DEVICE_ERROR_MAX];

  snprintf (text, sizeof text, "%s%s%.400s", state, *reason ? ": " : "",
            reason);
  if (strcmp (disk->state_node, text) == 0)
    return;
  strcpy (disk->state_node, text);
  if (device_write_note (disk->daemon->store, &disk->paths, "nbd-state",
                         text) == -1) {
    strcpy (disk->state_node, "?");
    disk_look_again (disk);
  }
}

/* xentop finds the worker's file by this, for one kind only. */
static void
set_pid_node (struct disk *disk)
{
  const pid_t pid = disk->link.pid;
  char text[16];

  if (disk->id.kind != DEVICE_VBD3 || pid == 0 || pid == disk->pid_node)
    return;
  snprintf (text, sizeof text, "%d", (int) pid);
  if (device_write_note (disk->daemon->store, &disk->paths, "kthread-pid",
                         text) == 0)
    disk->pid_node = pid;
  else
    disk_look_again (disk);
}

/* Can libxl's QEMU reach the export?  It is given "nbd+unix:///?socket=" and
 * the path as it stands in the node: no export name, no TLS, no escapes.
 */
static bool
has_local_path (const struct disk *disk, struct nbd_target *target)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@=~";
  char why[256];

  return disk->id.kind == DEVICE_VBD3 &&
         disk->target == HANDSHAKE_TARGET_OPEN &&
         nbd_target_parse (disk->config.params, target,
                           FAILURE_INTO (why)) == 0 &&
         target->transport == NBD_TARGET_UNIX && !target->tls &&
         target->export_name[0] == '\0' &&
         target->socket[strspn (target->socket, plain)] == '\0';
}

/* libxl reads it after the script, for the emulated disk of an HVM guest. */
static void
set_path_node (struct disk *disk)
{
  struct nbd_target target;

  if (disk->path_node || !has_local_path (disk, &target))
    return;
  if (device_write_note (disk->daemon->store, &disk->paths,
                         "physical-device-path", target.socket) == 0)
    disk->path_node = true;
  else
    disk_look_again (disk);
}

static bool
is_open (const struct disk *disk)
{
  return disk->link.has_status &&
         disk->link.status.target == HANDSHAKE_TARGET_OPEN;
}

const char *
disk_show_server (const struct disk *disk, const char **reason)
{
  const struct message_status *status = &disk->link.status;

  *reason = "the worker is of a later version than the daemon";
  if (disk->link.strange)
    return "unknown";
  *reason = "the worker does not answer";
  if (disk->link.late)
    return "unknown";
  *reason = status->reason;
  if (is_open (disk) && status->server >= NBD_CLIENT_HELD)
    return status->server == NBD_CLIENT_HELD ? "held" : "given up";
  if (is_open (disk) && status->server == NBD_CLIENT_SLOW)
    return "slow";
  *reason = status->stopped;
  if (is_open (disk) && status->stopped[0])
    return "stopped";
  *reason = "";
  if (disk->target == HANDSHAKE_TARGET_OPEN && disk_medium_empty (disk))
    return "empty";
  if (disk->target == HANDSHAKE_TARGET_OPEN)
    return "connected";
  *reason = disk->failure;
  return disk->target == HANDSHAKE_TARGET_FAILED ? "failed" : "opening";
}

void
disk_show (struct disk *disk)
{
  const struct message_status *status = &disk->link.status;
  const char *reason, *server = disk_show_server (disk, &reason);

  set_state_node (disk, server, reason);
  set_pid_node (disk);
  set_path_node (disk);
  if (disk->failure[0])
    set_error_node (disk, disk->failure);
  else if (disk->broken_off[0])
    set_error_node (disk, disk->broken_off);
  else if (is_open (disk) && status->server >= NBD_CLIENT_HELD)
    set_error_node (disk, status->reason);
  else
    set_error_node (disk, "");
}

/* A new device of the same name shows its own. */
static bool
has_successor (const struct disk *disk)
{
  const struct disk *other;

  for (other = disk->daemon->disks; other; other = other->next)
    if (!other->leaving && device_id_equal (&other->id, &disk->id))
      return true;
  return false;
}

bool
disk_show_gone (struct disk *disk)
{
  const struct daemon *daemon = disk->daemon;

  if (disk->error_node[0] == '\0' || has_successor (disk))
    return true;
  if (daemon->store == NULL || store_lost (daemon->store))
    return false; /* all disks are marked once it can be reached again */
  set_error_node (disk, "");
  return disk->error_node[0] == '\0';
}

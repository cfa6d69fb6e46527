/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "disk-show.h"

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
  if (device_write_nbd_state (disk->daemon->store, &disk->paths,
                              text) == -1) {
    strcpy (disk->state_node, "?");
    disk_look_again (disk);
  }
}

void
disk_show (struct disk *disk)
{
  const struct message_status *status = &disk->link.status;
  const bool open = disk->link.has_status && status->target ==
                    HANDSHAKE_TARGET_OPEN;

  if (open && status->server >= NBD_CLIENT_HELD)
    set_state_node (disk, status->server == NBD_CLIENT_HELD ? "held"
                                                            : "given up",
                    status->reason);
  else if (open && status->server == NBD_CLIENT_SLOW)
    set_state_node (disk, "slow", status->reason);
  else if (disk->target == HANDSHAKE_TARGET_OPEN)
    set_state_node (disk, "connected", "");
  else
    set_state_node (disk, disk->target == HANDSHAKE_TARGET_FAILED
                          ? "failed" : "opening", disk->failure);

  if (disk->failure[0])
    set_error_node (disk, disk->failure);
  else if (disk->broken_off[0])
    set_error_node (disk, disk->broken_off);
  else if (open && status->server >= NBD_CLIENT_HELD)
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

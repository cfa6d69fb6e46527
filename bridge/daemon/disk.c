/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "disk-consider.h"
#include "disk-medium.h"
#include "disk-offer.h"
#include "disk-publish.h"
#include "disk-show.h"
#include "disk-size.h"
#include "disk-target.h"
#include "disk-tune.h"
#include "xenbus/device-write.h"

#define STEPS_MAX 16 /* of the handshake in one update */

static void
link_changed (struct link *link)
{
  struct disk *disk = link->data;

  disk->marked = true;
}

static void
retry (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct disk *disk = timer->data;

  (void) loop;
  (void) revents;
  disk->retry_due = true;
  disk->marked = true;
}

static void
look_again (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct disk *disk = timer->data;

  (void) loop;
  (void) revents;
  disk->marked = true;
}

struct disk *
disk_new (struct daemon *daemon, const struct device_id *id)
{
  struct disk *disk = calloc (1, sizeof *disk);

  if (disk == NULL)
    return NULL;
  disk->daemon = daemon;
  disk->id = *id;
  disk->marked = true;
  device_paths_init (&disk->paths, daemon->own_domid, id);
  link_init (&disk->link, daemon->loop, id, link_changed, disk);
  snprintf (disk->name, sizeof disk->name, "%s", disk->link.name);
  ev_init (&disk->retry, retry);
  ev_init (&disk->look_again, look_again);
  disk->retry.data = disk->look_again.data = disk;
  disk->retry_after = DISK_RETRY;
  strcpy (disk->error_node, "?");
  strcpy (disk->state_node, "?");
  return disk;
}

void
disk_free (struct disk *disk)
{
  if (disk == NULL)
    return;
  ev_timer_stop (disk->daemon->loop, &disk->retry);
  ev_timer_stop (disk->daemon->loop, &disk->look_again);
  disk_size_poll (disk, 0);
  link_close (&disk->link);
  free (disk);
}

void
disk_look_again (struct disk *disk)
{
  if (ev_is_active (&disk->look_again))
    return;
  ev_timer_set (&disk->look_again, DISK_LOOK_AGAIN, 0);
  ev_timer_start (disk->daemon->loop, &disk->look_again);
}

bool
disk_may_log (struct disk *disk)
{
  uint64_t suppressed;

  return log_quota_pass (&disk->guest_quota, ev_now (disk->daemon->loop),
                         &suppressed);
}

void
disk_break (struct disk *disk, const char *why)
{
  if (disk->broken)
    return;
  disk->broken = true;
  snprintf (disk->broken_off, sizeof disk->broken_off, "%s", why);
  if (disk_may_log (disk))
    log_error (disk->name, "%s", why);
}

/* Not with larger rings: Linux then sets aside a page for each segment of each
 * request that has room in them, up to a gigabyte, and we keep no more than
 * PERSISTENT_MAX of these.
 */
static bool
may_keep_grants (const struct tune *tune, const struct device_rings *rings)
{
  return tune->persistent && rings->persistent && rings->rings[0].pages == 1;
}

static int
connect_rings (struct disk *disk)
{
  struct message message = { .type = MESSAGE_CONNECT };
  struct tune tune;
  char error[DEVICE_ERROR_MAX];

  if (device_read_rings (disk->daemon->store, &disk->paths,
                         disk_offer_queues (disk), DISK_ORDER_MAX,
                         &message.connect.rings, FAILURE_INTO (error)) == -1) {
    if (errno == EAGAIN)
      return -1;
    disk_break (disk, error);
    return 0;
  }
  disk_tune (disk, &tune);
  message.connect.read_only = !disk->config.writable;
  message.connect.sector_size = tune.sector_size;
  message.connect.flush = tune.write_cache == TUNE_CACHE_ON;
  message.connect.persistent = may_keep_grants (&tune,
                                                &message.connect.rings);
  message.connect.indirect = disk->link.status.indirect;
  message.connect.discard = disk->config.discard;
  disk->rings = link_send (&disk->link, &message) == 0
                ? HANDSHAKE_RINGS_CONNECTING
                : HANDSHAKE_RINGS_DISCONNECTING; /* by the worker's death */
  return 0;
}

static void
disconnect_rings (struct disk *disk)
{
  struct message message = { .type = MESSAGE_DISCONNECT };

  disk->rings = HANDSHAKE_RINGS_DISCONNECTING;
  if (!disk->link.strange) /* it could not tell us when it has done that */
    link_send (&disk->link, &message); /* if it fails the worker will die */
}

/* Carry out what the handshake asks for. */
static int
act (struct disk *disk, enum handshake_action action)
{
  struct store *store = disk->daemon->store;

  log_debug (disk->name, "frontend %d, own %d: %s", disk->state.frontend,
             disk->state.own, handshake_action_name (action));
  switch (action) {
  case HANDSHAKE_OFFER:
    disk->broken = false;
    return disk_offer_write (disk);
  case HANDSHAKE_CONNECT:
    return connect_rings (disk);
  case HANDSHAKE_PUBLISH:
    return disk_publish (disk);
  case HANDSHAKE_CLOSE:
    disk_show (disk); /* who sees Closing finds the reason */
    return device_write_state (store, &disk->paths, HANDSHAKE_CLOSING);
  case HANDSHAKE_DISCONNECT:
    disconnect_rings (disk);
    return 0;
  case HANDSHAKE_FINISH:
    disk->broken = false;
    return device_write_state (store, &disk->paths, HANDSHAKE_CLOSED);
  default:
    return 0;
  }
}

/* What the worker has said since. */
static void
absorb_rings (struct disk *disk)
{
  const struct message_status *status = &disk->link.status;

  if (!link_settled (&disk->link))
    return;
  disk->rings = status->rings;
  if (status->ring_error[0]) {
    disk_break (disk, status->ring_error);
    disconnect_rings (disk); /* so that the worker stops saying so */
  }
}

static void
fill_facts (const struct disk *disk, struct handshake_facts *facts)
{
  *facts = (struct handshake_facts) {
    .frontend = disk->state.frontend,
    .own = disk->state.own,
    .frontend_gone = disk->state.frontend_gone,
    .online = disk->state.online,
    .unclaimed = disk->config.script[0] && !disk->state.claimed,
    .broken = disk->broken,
    .target = disk->target,
    .rings = disk->rings,
  };
}

/* A state of Initialising after we have been through it: the toolstack has
 * removed the device and made another of the same name in the meantime.
 */
static bool
was_replaced (struct disk *disk)
{
  if (disk->state.own != HANDSHAKE_INITIALISING)
    disk->offered = true;
  else if (disk->offered) {
    disk->daemon->scan = true;
    return true;
  }
  return false;
}

/* Returns false when the device is gone from the store. */
static bool
shake_hands (struct disk *disk)
{
  unsigned steps;

  for (steps = 0; steps < STEPS_MAX; steps++) {
    struct handshake_facts facts;
    enum handshake_action action;

    if (device_read_state (disk->daemon->store, &disk->paths,
                           &disk->state) == -1) {
      disk_look_again (disk);
      return true;
    }
    if (disk->state.gone || was_replaced (disk))
      return false;
    if (disk->state.frontend == HANDSHAKE_INVALID)
      disk_break (disk, "the frontend's state is no state");
    disk_target_end_strange (disk);
    fill_facts (disk, &facts);
    action = handshake_next (&facts);
    if (action == HANDSHAKE_WAIT)
      return true;
    if (act (disk, action) == -1) {
      if (errno != ENOENT) /* else it is going */
        log_warning (disk->name, "%s: %s", handshake_action_name (action),
                     strerror (errno));
      disk_look_again (disk);
      return true;
    }
  }
  disk->marked = true; /* go on in the next turn */
  return true;
}

/* Until it is told to let go of them a guest counts on its rings, in Closing
 * too; a worker that a daemon before us left may have them.
 */
static bool
serves_guest (const struct disk *disk)
{
  return (disk->state.own == HANDSHAKE_CONNECTED ||
          disk->state.own == HANDSHAKE_CLOSING) &&
         (disk->rings == HANDSHAKE_RINGS_CONNECTED ||
          disk->rings == HANDSHAKE_RINGS_CONNECTING);
}

bool
disk_leave (struct disk *disk)
{
  log_info (disk->name, "removed");
  disk->leaving = true;
  ev_timer_stop (disk->daemon->loop, &disk->retry);
  daemon_unwatch_frontend (disk->daemon, disk);
  link_quit (&disk->link);
  return disk_show_gone (disk) && disk->link.dead;
}

/* What xen-blkback offered before the script took the device is put right,
 * and a target that failed is tried again.  There is no verdict before.
 */
static void
take_claim (struct disk *disk)
{
  if (!disk->claim)
    return;
  if (disk->state.own == HANDSHAKE_INIT_WAIT &&
      disk_offer_write (disk) == -1) {
    log_warning (disk->name, "cannot write the offer: %s", strerror (errno));
    disk_look_again (disk);
    return;
  }
  disk->claim = false;
  if (disk->target == HANDSHAKE_TARGET_FAILED)
    disk_target_start (disk);
}

bool
disk_update (struct disk *disk)
{
  int changed = 0;

  disk->marked = false;
  if (disk->leaving)
    return disk_show_gone (disk) && disk->link.dead;
  if (!disk->ours) {
    disk_consider (disk);
    if (!disk->ours) /* what was another's worker is seen to its end */
      return store_exists (disk->daemon->store, disk->paths.backend) == 0 &&
             disk->link.pid == 0;
  }
  else if (disk->claim && (changed = disk_was_changed (disk)) == 1) {
    disk->daemon->scan = true;
    return disk_leave (disk);
  }
  if (disk->unwatched) {
    daemon_watch_frontend (disk->daemon, disk);
    disk_look_again (disk);
  }
  disk_medium_update (disk);
  disk_target_update (disk);
  absorb_rings (disk);
  if (!shake_hands (disk))
    return disk_leave (disk);
  if (changed == -1)
    disk_look_again (disk); /* the claim waits */
  else
    disk_size_update (disk);
  disk_remove_attached (disk);
  disk_size_poll (disk, disk->daemon->settings->resize_poll);
  take_claim (disk);
  disk->link.keep = serves_guest (disk);
  disk_show (disk);
  return false;
}

bool
disk_holds_export (const struct disk *disk)
{
  if (!disk->ours || !disk->config.writable || disk->uri[0] == '\0')
    return false;
  return disk->leaving ? !disk->link.dead
                       : disk->target != HANDSHAKE_TARGET_FAILED;
}

void
disk_claim (struct disk *disk)
{
  disk->claim = true;
  disk->marked = true;
}

bool
disk_verdict (const struct disk *disk, bool *accepted, char *text)
{
  *accepted = false;
  if (disk->marked || (disk->ours && disk->claim))
    return false; /* there are facts that were not looked at yet */
  if (disk->leaving)
    strcpy (text, "the device was removed");
  else if (!disk->ours || disk->target == HANDSHAKE_TARGET_FAILED)
    snprintf (text, DEVICE_ERROR_MAX, "%s", disk->failure);
  else if (disk->target == HANDSHAKE_TARGET_OPEN)
    *accepted = true;
  else
    return false;
  return true;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "disk-guest.h"
#include "xenbus/device-rings.h"
#include "xenbus/device-write.h"

enum handshake_action
disk_guest_next (const struct disk_guest *guest,
                 const struct disk_facts *facts,
                 const struct disk_worker *worker,
                 enum handshake_target target)
{
  const struct device_state *state = &facts->state;
  const struct handshake_facts all = {
    .frontend = state->frontend,
    .own = state->own,
    .frontend_gone = state->frontend_gone,
    .online = state->online,
    .unclaimed = disk_facts_unclaimed (facts),
    .broken = guest->broken,
    .target = target,
    .rings = worker->rings,
  };

  return handshake_next (&all);
}

/* May another line that a guest can cause be logged now? */
static bool
may_log (struct disk_guest *guest, double now)
{
  uint64_t suppressed;

  return log_quota_pass (&guest->quota, now, &suppressed);
}

/* The node is the offer's memory: a daemon that was restarted with another
 * setting finds there what the guest was told.
 */
static void
note_queues (struct disk_guest *guest, const struct disk_facts *facts,
             struct store *store)
{
  uint64_t queues;

  if (store_read_number (store, STORE_NOW, facts->paths.backend,
                         "multi-queue-max-queues", UINT32_MAX, &queues) == -1)
    return;
  if (queues > DEVICE_QUEUES_MAX)
    queues = DEVICE_QUEUES_MAX;
  if (queues > guest->queues_offered)
    guest->queues_offered = queues;
}

int
disk_guest_offer (struct disk_guest *guest, const struct disk_facts *facts,
                  const struct disk_guest_terms *terms)
{
  note_queues (guest, facts, terms->store);
  return device_write_offer (terms->store, &facts->paths, terms->max_queues,
                             DISK_ORDER_MAX);
}

/* How many queues the frontend may have: what it was offered by us, or by
 * xen-blkback before we took the device, as far as a worker can serve it.
 */
static unsigned
queues_allowed (struct disk_guest *guest, const struct disk_facts *facts,
                const struct disk_guest_terms *terms)
{
  note_queues (guest, facts, terms->store);
  return guest->queues_offered > 0 ? guest->queues_offered
                                   : terms->max_queues;
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

void
disk_guest_break (struct disk_guest *guest, const struct disk_facts *facts,
                  double now, const char *why)
{
  if (guest->broken)
    return;
  guest->broken = true;
  snprintf (guest->broken_off, sizeof guest->broken_off, "%s", why);
  if (may_log (guest, now))
    log_error (facts->name, "%s", why);
}

/* What the frontend wrote may be wrong, which is its fault; what could not be
 * read says nothing.
 */
static int
connect_rings (struct disk_guest *guest, const struct disk_facts *facts,
               struct disk_worker *worker,
               const struct disk_guest_terms *terms)
{
  struct message message = { .type = MESSAGE_CONNECT };
  struct message_connect *connect = &message.connect;
  char error[DEVICE_ERROR_MAX];

  if (device_read_rings (terms->store, &facts->paths,
                         queues_allowed (guest, facts, terms), DISK_ORDER_MAX,
                         &connect->rings, FAILURE_INTO (error)) == -1) {
    if (errno == EAGAIN)
      return -1;
    disk_guest_break (guest, facts, terms->now, error);
    return 0;
  }
  connect->read_only = !facts->config.writable;
  connect->sector_size = terms->tune.sector_size;
  connect->flush = terms->tune.write_cache == TUNE_CACHE_ON;
  connect->persistent = may_keep_grants (&terms->tune, &connect->rings);
  connect->indirect = worker->link.status.indirect;
  connect->discard = facts->config.discard;
  disk_worker_connect (worker, &message);
  return 0;
}

/* What the server prefers, where a guest can make use of it. */
static uint32_t
physical_size (uint32_t preferred, uint32_t sector_size)
{
  if (preferred < sector_size)
    return sector_size;
  return preferred <= 4096 ? preferred : 4096;
}

static void
describe (const struct disk_facts *facts, const struct disk_worker *worker,
          const struct tune *tune, struct device_properties *properties)
{
  const struct message_status *status = &worker->link.status;
  const struct nbd_client_export *export = &status->export;
  const bool read_only = !facts->config.writable || export->read_only;
  const uint32_t preferred = export->preferred_block;

  *properties = (struct device_properties) {
    .sectors = disk_worker_size (worker, tune) / BLKIF_SECTOR,
    .sector_size = tune->sector_size,
    .physical_size = physical_size (preferred, tune->sector_size),
    .discard_granularity = preferred > tune->sector_size
                           ? preferred : tune->sector_size,
    .indirect = status->indirect,
    .persistent = status->persistent,
    .cdrom = facts->config.cdrom,
    .removable = facts->config.removable,
    .read_only = read_only,
    .flush = export->flush && tune->write_cache == TUNE_CACHE_ON,
    .discard = export->trim && facts->config.discard && !read_only,
  };
}

static int
publish (struct disk_guest *guest, const struct disk_facts *facts,
         const struct disk_worker *worker,
         const struct disk_guest_terms *terms)
{
  struct device_properties properties;

  describe (facts, worker, &terms->tune, &properties);
  guest->broken_off[0] = '\0';
  if (may_log (guest, terms->now))
    log_info (facts->name, "connected: %llu sectors, %s%s%s",
              (unsigned long long) properties.sectors,
              properties.read_only ? "read-only" : "writable",
              properties.flush ? ", flush" : "",
              properties.discard ? ", discard" : "");
  guest->sectors = properties.sectors;
  guest->told_sectors = true;
  return device_write_properties (terms->store, &facts->paths, &properties);
}

int
disk_guest_act (struct disk_guest *guest, const struct disk_facts *facts,
                struct disk_worker *worker,
                const struct disk_guest_terms *terms,
                enum handshake_action action)
{
  log_debug (facts->name, "frontend %d, own %d: %s", facts->state.frontend,
             facts->state.own, handshake_action_name (action));
  switch (action) {
  case HANDSHAKE_OFFER:
    guest->broken = false;
    return disk_guest_offer (guest, facts, terms);
  case HANDSHAKE_CONNECT:
    return connect_rings (guest, facts, worker, terms);
  case HANDSHAKE_PUBLISH:
    return publish (guest, facts, worker, terms);
  case HANDSHAKE_CLOSE:
    return device_write_state (terms->store, &facts->paths, HANDSHAKE_CLOSING);
  case HANDSHAKE_DISCONNECT:
    disk_worker_disconnect (worker);
    return 0;
  case HANDSHAKE_FINISH:
    guest->broken = false;
    return device_write_state (terms->store, &facts->paths, HANDSHAKE_CLOSED);
  default:
    return 0;
  }
}

/* What the guest was told, maybe by the daemon before this one. */
static bool
told (struct disk_guest *guest, const struct disk_facts *facts,
      struct store *store)
{
  if (!guest->told_sectors)
    guest->told_sectors =
      store_read_number (store, STORE_NOW, facts->paths.backend, "sectors",
                         INT64_MAX, &guest->sectors) == 0;
  return guest->told_sectors;
}

/* Has the guest a disk whose size is known? */
static bool
has_size (const struct disk_facts *facts, const struct disk_worker *worker)
{
  return facts->state.own == HANDSHAKE_CONNECTED &&
         worker->rings == HANDSHAKE_RINGS_CONNECTED &&
         worker_link_settled (&worker->link) &&
         worker->link.status.has_export;
}

enum again
disk_guest_resize (struct disk_guest *guest, const struct disk_facts *facts,
                   const struct disk_worker *worker,
                   const struct disk_guest_terms *terms)
{
  const uint64_t now = disk_worker_size (worker, &terms->tune) / BLKIF_SECTOR;
  uint64_t before;

  if (!has_size (facts, worker) || !told (guest, facts, terms->store) ||
      guest->sectors == now || (now == 0 && !facts->config.cdrom))
    return AGAIN_NO;
  before = guest->sectors;
  if (device_write_size (terms->store, &facts->paths, now) == -1) {
    if (errno == ENOENT || errno == ECANCELED)
      return AGAIN_NO; /* it is going */
    log_warning (facts->name, "cannot write the new size: %s",
                 strerror (errno));
    return AGAIN_LOOK;
  }
  guest->sectors = now;
  log_info (facts->name, "resized from %llu to %llu sectors",
            (unsigned long long) before, (unsigned long long) now);
  return AGAIN_NO;
}

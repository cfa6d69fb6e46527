/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "bridge/shared/log.h"
#include "memory.h"
#include "session.h"

static void
drain_expired (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct session *session = timer->data;

  (void) loop;
  (void) revents;
  session->volume.phase = VOLUME_CANCELLING;
}

static void
trim_expired (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct session *session = timer->data;

  (void) loop;
  (void) revents;
  session->trim_due = true;
}

void
session_init (struct session *session, const char *name, uint32_t domid,
              const char *run_dir, struct volume_common *common)
{
  memset (session, 0, sizeof *session);
  volume_init (&session->volume, name, common);
  session->domid = domid;
  session->run_dir = run_dir;
  ev_timer_init (&session->drain, drain_expired, SESSION_DRAIN, 0);
  session->drain.data = session;
  ev_init (&session->trim, trim_expired);
  session->trim.repeat = SESSION_TRIM;
  session->trim.data = session;
}

/* A disk that cannot share its group's limits has them for itself. */
static void
apply_limits (struct session *session)
{
  struct volume *volume = &session->volume;
  const char *group = volume->tune.limit_group;

  if (group_join (&session->group, session->run_dir, group) == -1)
    log_error (volume->name, "limit-group = %s: cannot share limits with "
               "other disks: %s", group, strerror (errno));
  throttle_set (&volume->throttle, session->group.state
                                   ? session->group.state
                                   : volume->common->buckets);
}

/* What the options come to for the guest that is connected. */
static void
apply_tune (struct session *session)
{
  struct volume *volume = &session->volume;
  const struct nbd_client_export *export = nbd_client_export (volume->client);

  volume->rings.fua = export->fua;
  volume->rings.write_through = (export->fua || export->flush) &&
    (volume->tune.write_cache == TUNE_CACHE_OFF || session->told_no_cache);
  apply_limits (session);
}

void
session_tune (struct session *session, const struct tune *tune)
{
  struct volume *volume = &session->volume;
  const struct tune old = volume->tune;

  volume->tune = *tune;
  volume->tune.sector_size = old.sector_size; /* the guest knows it */
  throttle_replaced (&volume->throttle, old.limits, throttle_clock ());
  if (volume->nqueues > 0)
    apply_tune (session);
}

/* What an export of `size` bytes is to the guest, in units of 512 bytes;
 * `sector_size` is a power of two (message.c).
 */
static uint64_t
whole_sectors (uint64_t size, uint32_t sector_size)
{
  return (size & ~(uint64_t) (sector_size - 1)) / BLKIF_SECTOR;
}

/* What the rings of this connection have in common; nothing is taken yet. */
static void
set_up_rings (struct session *session, const struct message_connect *connect)
{
  struct volume *volume = &session->volume;
  const struct nbd_client_export *export = nbd_client_export (volume->client);
  struct queue_common *rings = &volume->rings;

  rings->loop = volume->loop;
  rings->name = volume->name;
  rings->domid = session->domid;
  rings->scratch = nbd_client_scratch (volume->client);
  rings->bounds = (struct blkif_bounds) {
    .sectors = whole_sectors (export->size, connect->sector_size),
    .sector_size = connect->sector_size,
    .read_only = connect->read_only || export->read_only,
    .flush = connect->flush && export->flush,
    .discard = connect->discard && export->trim,
    .indirect = connect->indirect,
  };
  rings->bytes = 0;
  rings->bytes_max = SESSION_BYTES / volume->volumes;
  rings->grown = 0;
  rings->grown_max = SESSION_GROWN / volume->volumes;
  volume->merge_max = NBD_CLIENT_TRANSFER_MAX;
  if (export->maximum_block && export->maximum_block < volume->merge_max)
    volume->merge_max = export->maximum_block;
}

static void
free_queues (struct volume *volume)
{
  while (volume->nqueues > 0)
    queue_free (volume->queues[--volume->nqueues]);
}

int
session_connect (struct session *session,
                 const struct message_connect *connect, unsigned first,
                 unsigned volumes, struct failure *why)
{
  struct volume *volume = &session->volume;
  unsigned i;

  volume->volumes = volumes;
  session->told_no_cache = !connect->flush;
  set_up_rings (session, connect);
  apply_tune (session);
  for (i = first; i < connect->rings.count; i += volumes) {
    struct queue *queue = queue_new (&volume->rings, connect, i,
                                     &volume->common->stats[i], why);

    if (queue == NULL) {
      free_queues (volume);
      return -1;
    }
    volume->queues[volume->nqueues++] = queue;
  }
  session->persistent = connect->persistent;
  volume->phase = VOLUME_CONNECTED;
  return 0;
}

/* A server that is away will not end anything. */
static bool
server_is_away (const struct volume *volume)
{
  switch (nbd_client_status (volume->client)->state) {
  case NBD_CLIENT_OPEN:
  case NBD_CLIENT_SLOW:
    return false;
  default:
    return true;
  }
}

void
session_disconnect (struct session *session)
{
  struct volume *volume = &session->volume;

  if (volume->phase != VOLUME_CONNECTED)
    return;
  volume->phase = server_is_away (volume) ? VOLUME_CANCELLING
                                          : VOLUME_DRAINING;
  memset (&volume->flush, 0, sizeof volume->flush); /* it was not sent yet */
  volume_unpark (volume);
  ev_timer_set (&session->drain, SESSION_DRAIN, 0);
  ev_timer_start (volume->loop, &session->drain);
}

/* The phase that comes after DRAINING, FLUSHING or CANCELLING, once that has
 * done its work.
 */
static void
close_turn (struct session *session)
{
  struct volume *volume = &session->volume;

  if (nbd_client_busy (volume->client) > 0 ||
      session_in_flight (session) > 0)
    return;
  if (volume->phase == VOLUME_DRAINING && volume->unflushed &&
      volume->rings.bounds.flush) {
    volume->phase = VOLUME_FLUSHING;
    volume_flush (volume, &volume->flush);
    return;
  }
  ev_timer_stop (volume->loop, &session->drain);
  ev_timer_stop (volume->loop, &session->trim);
  throttle_quiet (&volume->throttle, volume->loop);
  free_queues (volume);
  session->persistent = session->trim_due = volume->used = false;
  volume->phase = VOLUME_IDLE;
}

void
session_stop (struct session *session, const char *why)
{
  if (session->volume.phase == VOLUME_CONNECTED)
    policy_stop (&session->volume.policy, why);
}

void
session_resume (struct session *session)
{
  policy_resume (&session->volume.policy);
}

bool
session_give_up (struct session *session)
{
  const struct policy *policy = &session->volume.policy;

  if (!policy->stopped || policy->io_status == MESSAGE_IO_OK)
    return false;
  volume_unpark (&session->volume);
  return true;
}

void
session_ask_flush (struct session *session)
{
  session->volume.asked_busy = true;
  volume_flush (&session->volume, &session->volume.asked);
}

/* Pages of the guest that are kept mapped go back in time, and buffers when
 * there is nothing to do.
 */
static void
give_memory_back (struct session *session)
{
  struct volume *volume = &session->volume;
  unsigned i, kept = 0;

  for (i = 0; i < volume->nqueues; i++)
    kept += queue_tick (volume->queues[i]);
  if (volume->used) {
    volume->used = false;
    return;
  }
  if (session_in_flight (session) > 0)
    return;
  for (i = 0; i < volume->nqueues; i++)
    queue_trim (volume->queues[i]);
  if (!session->settled)
    memory_release_text ();
  session->settled = true;
  if (kept == 0)
    ev_timer_stop (volume->loop, &session->trim);
}

/* The timer runs from the first request on. */
static void
memory_turn (struct session *session)
{
  if (session->trim_due) {
    session->trim_due = false;
    give_memory_back (session);
  }
  if (session->volume.used && !ev_is_active (&session->trim))
    ev_timer_again (session->volume.loop, &session->trim);
}

/* The export may have another size since the last connection. */
static void
note_size (struct volume *volume)
{
  const struct nbd_client_export *export = nbd_client_export (volume->client);
  struct blkif_bounds *bounds = &volume->rings.bounds;

  if (export && volume->nqueues > 0)
    bounds->sectors = whole_sectors (export->size, bounds->sector_size);
}

void
session_turn (struct session *session)
{
  struct volume *volume = &session->volume;

  if (volume->client == NULL) {
    ev_idle_stop (volume->loop, &volume->again);
    return;
  }
  volume_turn (volume);
  note_size (volume);
  memory_turn (session);
  if (volume->phase > VOLUME_CONNECTED)
    close_turn (session);
}

unsigned
session_in_flight (const struct session *session)
{
  const struct volume *volume = &session->volume;
  unsigned n = 0, i;

  for (i = 0; i < volume->nqueues; i++)
    n += volume->queues[i]->active;
  return n;
}

bool
session_quiet (const struct session *session)
{
  const struct volume *volume = &session->volume;

  return (volume->barrier || session_in_flight (session) == 0) &&
         (volume->client == NULL || volume_at_rest (volume));
}

uint64_t
session_reach (const struct session *session)
{
  const struct volume *volume = &session->volume;
  const struct request *barrier = volume->barrier;
  uint64_t end = barrier ? barrier->io.offset + barrier->io.length : 0;
  unsigned i;

  for (i = 0; i < volume->nqueues; i++)
    end = queue_reach (volume->queues[i], end);
  return policy_reach (&volume->policy,
                       throttle_reach (&volume->throttle, end));
}

bool
session_broken (const struct session *session)
{
  const struct volume *volume = &session->volume;
  unsigned i;

  for (i = 0; i < volume->nqueues; i++)
    if (volume->queues[i]->ring.broken)
      return true;
  return false;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "volume.h"

/* Pages of the guest that are kept mapped go back in time, and buffers when
 * there is nothing to do.
 */
static void
trim_tick (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct volume *volume = timer->data;
  unsigned i, kept = 0;

  (void) revents;
  for (i = 0; i < volume->nqueues; i++)
    kept += grants_tick (volume->queues[i]->grants);
  if (volume->used) {
    volume->used = false;
    return;
  }
  for (i = 0; i < volume->nqueues; i++) {
    if (volume->queues[i]->active > 0)
      return;
    queue_trim (volume->queues[i]);
  }
  if (!volume->settled)
    memory_release_text ();
  volume->settled = true;
  if (kept == 0)
    ev_timer_stop (loop, timer);
}

static void
again (struct ev_loop *loop, ev_idle *idle, int revents)
{
  (void) loop;
  (void) idle;
  (void) revents;
}

void
volume_init (struct volume *volume, struct ev_loop *loop, const char *name,
             uint32_t domid, struct volume_common *common)
{
  memset (volume, 0, sizeof *volume);
  volume->loop = loop;
  volume->name = name;
  volume->domid = domid;
  volume->common = common;
  volume->volumes = 1;
  tune_init (&volume->tune);
  hold_init (volume);
  limits_init (volume);
  volume_stop_init (volume);
  ev_init (&volume->trim, trim_tick);
  volume->trim.repeat = VOLUME_TRIM;
  volume->trim.data = volume;
  ev_idle_init (&volume->again, again);
}

/* What the options come to for the guest that is connected. */
static void
apply_tune (struct volume *volume)
{
  const struct nbd_client_export *export = nbd_client_export (volume->client);

  volume->fua = export->fua;
  limits_set (volume);
  volume->write_through = (export->fua || export->flush) &&
    (volume->tune.write_cache == TUNE_CACHE_OFF || volume->told_no_cache);
}

void
volume_tune (struct volume *volume, const struct tune *tune)
{
  const struct tune old = volume->tune;

  volume->tune = *tune;
  volume->tune.sector_size = old.sector_size; /* the guest knows it */
  limits_replaced (volume, old.limits);
  if (volume->nqueues > 0)
    apply_tune (volume);
}

/* What an export of `size` bytes is to the guest, in units of 512 bytes;
 * `sector_size` is a power of two (message.c).
 */
static uint64_t
whole_sectors (uint64_t size, uint32_t sector_size)
{
  return (size & ~(uint64_t) (sector_size - 1)) / BLKIF_SECTOR;
}

int
volume_connect (struct volume *volume, const struct message_connect *connect,
                unsigned first, unsigned volumes, char *error)
{
  const struct nbd_client_export *export = nbd_client_export (volume->client);
  unsigned i;

  volume->bounds = (struct blkif_bounds) {
    .sectors = whole_sectors (export->size, connect->sector_size),
    .sector_size = connect->sector_size,
    .read_only = connect->read_only || export->read_only,
    .flush = connect->flush && export->flush,
    .discard = connect->discard && export->trim,
    .indirect = connect->indirect,
  };
  volume->told_no_cache = !connect->flush;
  apply_tune (volume);
  volume->merge_limit = NBD_CLIENT_TRANSFER_MAX;
  if (export->maximum_block && export->maximum_block < volume->merge_limit)
    volume->merge_limit = export->maximum_block;
  volume->volumes = volumes;
  for (i = first; i < connect->rings.count; i += volumes) {
    struct queue *queue = queue_new (volume, connect, i, error);

    if (queue == NULL) {
      volume_free_queues (volume);
      return -1;
    }
    volume->queues[volume->nqueues++] = queue;
  }
  volume->persistent = connect->persistent;
  return 0;
}

static void
reap (struct volume *volume)
{
  struct nbd_command *command;

  while ((command = nbd_client_reap (volume->client)) != NULL) {
    if (command == &volume->sync.command)
      sync_ended (volume);
    else if (command == &volume->asked)
      volume->asked_busy = false;
    else if (command != &volume->flush)
      queue_command_ended (request_of (command));
    else
      volume->unflushed = command->error != 0;
  }
}

void
volume_ask_flush (struct volume *volume)
{
  memset (&volume->asked, 0, sizeof volume->asked);
  volume->asked.op = NBD_CLIENT_FLUSH;
  volume->asked_busy = true;
  nbd_client_submit (volume->client, &volume->asked);
  volume_again (volume);
}

void
volume_again (struct volume *volume)
{
  ev_idle_start (volume->loop, &volume->again);
}

/* The export may have another size since the last connection. */
static void
note_size (struct volume *volume)
{
  const struct nbd_client_export *export = nbd_client_export (volume->client);

  if (export && volume->nqueues > 0)
    volume->bounds.sectors = whole_sectors (export->size,
                                            volume->bounds.sector_size);
}

/* Nothing that came before the barrier is left, if there is one.  Once it has
 * started, it is itself at the NBD client.
 */
static bool
barrier_may_start (const struct volume *volume)
{
  unsigned i;

  for (i = 0; i < volume->nqueues; i++)
    if (queue_has_waiting (volume->queues[i]))
      return false;
  return nbd_client_busy (volume->client) == 0 && sync_idle (volume) &&
         hold_idle (volume);
}

/* One time through everything.  Returns true if anything moved. */
static bool
round_once (struct volume *volume)
{
  bool taken = false, moved = false;
  unsigned i;

  if (!volume->stopping && !volume->paused)
    for (i = 0; i < volume->nqueues; i++)
      taken |= queue_take (volume->queues[(volume->first + i) %
                                          volume->nqueues]);
  volume->first++;
  if (volume->cancelled)
    volume_cancel (volume);
  hold_turn (volume);
  limits_begin (volume);
  moved |= queue_start_limited (volume);
  for (i = 0; i < volume->nqueues; i++)
    moved |= queue_start (volume->queues[(volume->first + i) %
                                         volume->nqueues]);
  limits_end (volume);
  if (volume->barrier && !volume->barrier->held && !volume->hold.stopped &&
      (volume->volumes == 1 || volume->allowed == volume->barriers) &&
      barrier_may_start (volume))
    queue_step (volume->barrier);
  moved |= sync_turn (volume);
  moved |= nbd_client_turn (volume->client);
  note_size (volume);
  reap (volume);
  for (i = 0; i < volume->nqueues; i++)
    moved |= queue_answer (volume->queues[i]);
  if (taken && !ev_is_active (&volume->trim))
    ev_timer_again (volume->loop, &volume->trim);
  volume->used |= taken;
  return taken || moved;
}

/* Before the loop sleeps.  Returns true if it must not. */
static bool
prepare_to_sleep (struct volume *volume)
{
  bool more = false;
  unsigned i;

  for (i = 0; i < volume->nqueues; i++)
    more |= queue_sleep (volume->queues[i]);
  return more && !volume->stopping && !volume->paused;
}

void
volume_turn (struct volume *volume)
{
  unsigned rounds = 0;
  bool moved;

  if (volume->client == NULL) {
    ev_idle_stop (volume->loop, &volume->again);
    return;
  }
  do {
    moved = round_once (volume);
    if (!moved)
      moved = prepare_to_sleep (volume) && round_once (volume);
  } while (moved && ++rounds < VOLUME_ROUNDS);

  if (moved)
    ev_idle_start (volume->loop, &volume->again);
  else
    ev_idle_stop (volume->loop, &volume->again);
  if (volume->stopping)
    volume_finish_stopping (volume);
}

unsigned
volume_in_flight (const struct volume *volume)
{
  unsigned n = 0, i;

  for (i = 0; i < volume->nqueues; i++)
    n += volume->queues[i]->active;
  return n;
}

bool
volume_quiet (const struct volume *volume)
{
  return (volume->barrier || volume_in_flight (volume) == 0) &&
         (volume->client == NULL || barrier_may_start (volume));
}

bool
volume_broken (const struct volume *volume)
{
  unsigned i;

  for (i = 0; i < volume->nqueues; i++)
    if (volume->queues[i]->ring.broken)
      return true;
  return false;
}

void
volume_describe_failure (const struct request *request, char *text)
{
  static const char *const ops[] = {
    [NBD_CLIENT_READ] = "read", [NBD_CLIENT_WRITE] = "write",
    [NBD_CLIENT_FLUSH] = "flush", [NBD_CLIENT_TRIM] = "trim",
  };
  const struct nbd_command *command = &request->command;

  snprintf (text, DEVICE_ERROR_MAX, "%s of %llu bytes at %llu failed: %s",
            ops[command->op], (unsigned long long) command->count,
            (unsigned long long) command->offset, strerror (command->error));
}

void
volume_request_failed (struct volume *volume, const struct request *request)
{
  const struct nbd_command *command = &request->command;
  char what[DEVICE_ERROR_MAX];
  uint64_t suppressed;

  if (command->op == NBD_CLIENT_FLUSH)
    volume->unflushed = true;
  if (command->error == ECANCELED)
    return;
  __atomic_add_fetch (&volume->common->errors, 1, __ATOMIC_RELAXED);
  if (!log_quota_pass (&volume->error_quota, ev_now (volume->loop),
                       &suppressed))
    return;
  volume_describe_failure (request, what);
  log_warning (volume->name, "%s; %llu not logged", what,
               (unsigned long long) suppressed);
}

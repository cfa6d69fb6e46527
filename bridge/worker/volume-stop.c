/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How a volume gives its rings back.
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "volume.h"

/* The server is not waited for any longer. */
static void
drain_expired (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct volume *volume = timer->data;

  (void) loop;
  (void) revents;
  volume->cancelled = true;
}

void
volume_stop_init (struct volume *volume)
{
  ev_timer_init (&volume->drain, drain_expired, VOLUME_DRAIN, 0);
  volume->drain.data = volume;
}

void
volume_free_queues (struct volume *volume)
{
  volume->persistent = false;
  while (volume->nqueues > 0)
    queue_free (volume->queues[--volume->nqueues]);
  volume->bytes = 0;
  volume->grown = 0;
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
volume_stop (struct volume *volume)
{
  if (volume->stopping || volume->nqueues == 0)
    return;
  volume->stopping = true;
  hold_drop (volume);
  volume->cancelled = server_is_away (volume);
  volume->last_flush = false;
  ev_timer_set (&volume->drain, VOLUME_DRAIN, 0);
  ev_timer_start (volume->loop, &volume->drain);
}

void
volume_cancel (struct volume *volume)
{
  struct request *barrier = volume->barrier;
  unsigned i, busy = nbd_client_busy (volume->client);

  for (i = 0; i < volume->nqueues; i++)
    queue_drop (volume->queues[i]);
  if (busy > 0)
    nbd_client_cancel (volume->client);
  sync_drop (volume);
  if (busy == 0 && volume->barrier == barrier && barrier) {
    barrier->command.error = ECANCELED;
    queue_command_ended (barrier);
  }
}

void
volume_finish_stopping (struct volume *volume)
{
  unsigned i;

  if (nbd_client_busy (volume->client) > 0)
    return;
  for (i = 0; i < volume->nqueues; i++)
    if (volume->queues[i]->active > 0)
      return;
  if (volume->unflushed && !volume->last_flush && !volume->cancelled &&
      volume->bounds.flush) {
    volume->last_flush = true;
    memset (&volume->flush, 0, sizeof volume->flush);
    volume->flush.op = NBD_CLIENT_FLUSH;
    nbd_client_submit (volume->client, &volume->flush);
    ev_idle_start (volume->loop, &volume->again); /* a turn sends it */
    return;
  }
  ev_timer_stop (volume->loop, &volume->drain);
  ev_timer_stop (volume->loop, &volume->trim);
  ev_timer_stop (volume->loop, &volume->limiter.timer);
  volume_free_queues (volume);
  volume->stopping = volume->cancelled = false;
}

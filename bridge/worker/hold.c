/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hold.h"
#include "volume.h"

static void
timer_ended (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct hold *hold = timer->data;

  (void) loop;
  (void) revents;
  hold->due = true;
}

void
hold_init (struct volume *volume)
{
  ev_timer_init (&volume->hold.timer, timer_ended, HOLD_AGAIN, 0);
  volume->hold.timer.data = &volume->hold;
}

/* A barrier stays where it is: nothing else may start before it. */
static void
keep (struct volume *volume, struct request *request,
      struct request_list *list)
{
  request->held = true;
  if (request != volume->barrier)
    request_append (list, request);
}

static bool
is_empty_flush (const struct request *request)
{
  return (request->io.kind == BLKIF_FLUSH ||
          request->io.kind == BLKIF_BARRIER) && request->io.nsegments == 0;
}

static void
stop (struct volume *volume, const char *why, unsigned io_status)
{
  struct hold *hold = &volume->hold;

  if (hold->stopped)
    return;
  hold->stopped = true;
  hold->io_status = io_status;
  snprintf (hold->reason, sizeof hold->reason, "%s", why);
}

enum hold_verdict
hold_judge (struct volume *volume, struct request *request, int error)
{
  const enum blkif_kind kind = request->io.kind;
  unsigned policy = kind == BLKIF_READ ? volume->tune.on_read_error
                                       : volume->tune.on_write_error;
  char why[DEVICE_ERROR_MAX];

  if (error == ECANCELED || volume->stopping ||
      (error == ENOTSUP && kind != BLKIF_READ && kind != BLKIF_WRITE))
    return HOLD_REPORT;
  if (policy == TUNE_ENOSPC)
    policy = error == ENOSPC ? TUNE_STOP : TUNE_REPORT;
  if (policy != TUNE_STOP && is_empty_flush (request) &&
      request->tries < HOLD_TRIES &&
      nbd_client_status (volume->client)->state != NBD_CLIENT_GIVEN_UP) {
    request->tries++;
    keep (volume, request, &volume->hold.flushes);
    if (!ev_is_active (&volume->hold.timer)) {
      ev_timer_set (&volume->hold.timer, HOLD_AGAIN, 0);
      ev_timer_start (volume->loop, &volume->hold.timer);
    }
    return HOLD_KEPT;
  }
  if (policy != TUNE_STOP)
    return policy == TUNE_IGNORE ? HOLD_IGNORE : HOLD_REPORT;
  request->tries = 0;
  keep (volume, request, &volume->hold.failed);
  volume_describe_failure (request, why);
  stop (volume, why, error == ENOSPC ? MESSAGE_IO_NOSPACE : MESSAGE_IO_FAILED);
  return HOLD_KEPT;
}

void
hold_stop (struct volume *volume, const char *why)
{
  if (volume->nqueues > 0 && !volume->stopping)
    stop (volume, why, MESSAGE_IO_OK);
}

/* From their beginnings, by themselves, before anything new. */
static void
run_again (struct volume *volume, struct request_list *list)
{
  struct request *request;

  while ((request = request_pop (list)) != NULL) {
    request->held = false;
    queue_plan (request);
    request_append (&request->queue->again, request);
  }
  if (volume->barrier && volume->barrier->held) {
    volume->barrier->held = false;
    queue_plan (volume->barrier);
  }
}

void
hold_resume (struct volume *volume)
{
  struct hold *hold = &volume->hold;

  if (!hold->stopped)
    return;
  hold->stopped = false;
  hold->io_status = MESSAGE_IO_OK;
  hold->reason[0] = '\0';
  run_again (volume, &hold->failed);
}

void
hold_turn (struct volume *volume)
{
  struct hold *hold = &volume->hold;

  if (!hold->due || hold->stopped)
    return;
  hold->due = false;
  run_again (volume, &hold->flushes);
}

bool
hold_idle (const struct volume *volume)
{
  return volume->hold.failed.head == NULL && volume->hold.flushes.head == NULL;
}

static uint64_t
farthest (const struct request_list *list, uint64_t end)
{
  const struct request *request;

  for (request = list->head; request; request = request->next)
    if (request->io.offset + request->io.length > end)
      end = request->io.offset + request->io.length;
  return end;
}

uint64_t
hold_reach (const struct volume *volume)
{
  const struct request *barrier = volume->barrier;
  uint64_t end = farthest (&volume->hold.failed, 0);
  unsigned i;

  if (barrier && barrier->io.offset + barrier->io.length > end)
    end = barrier->io.offset + barrier->io.length;
  for (i = 0; i < volume->nqueues; i++) {
    const struct queue *queue = volume->queues[i];

    end = farthest (&queue->taken, end);
    end = farthest (&queue->limited[0], end);
    end = farthest (&queue->limited[1], end);
    end = farthest (&queue->again, end);
  }
  return end;
}

static void
cancel_all (struct request_list *list)
{
  struct request *request;

  while ((request = request_pop (list)) != NULL) {
    request->held = false;
    request->command.error = ECANCELED;
    queue_command_ended (request);
  }
}

void
hold_drop (struct volume *volume)
{
  struct hold *hold = &volume->hold;
  struct request *barrier = volume->barrier;

  ev_timer_stop (volume->loop, &hold->timer);
  hold->due = hold->stopped = false;
  hold->io_status = MESSAGE_IO_OK;
  hold->reason[0] = '\0';
  cancel_all (&hold->failed);
  cancel_all (&hold->flushes);
  if (barrier && barrier->held) {
    barrier->held = false;
    barrier->command.error = ECANCELED;
    queue_command_ended (barrier);
  }
}

bool
hold_give_up (struct volume *volume)
{
  if (!volume->hold.stopped || volume->hold.io_status == MESSAGE_IO_OK)
    return false;
  hold_drop (volume);
  return true;
}

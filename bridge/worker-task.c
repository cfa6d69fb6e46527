/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker is told to do beside serving its disk.  There may be one task
 * of each kind at a time; one that is asked for again meanwhile is the same.
 */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "worker.h"

static void end (struct worker *worker, enum task_kind kind,
                 const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

static void
end (struct worker *worker, enum task_kind kind, const char *format, ...)
{
  struct task *task = &worker->tasks[kind];
  char text[TASK_ERROR_MAX];
  va_list args;

  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  message_copy_text (task->end.error, text, sizeof task->end.error);
  task->end.serial = task->serial;
  task->running = false;
  ev_timer_stop (worker->loop, &task->deadline);
}

static bool
server_is_there (const struct worker *worker)
{
  const enum nbd_client_state state =
    nbd_client_status (worker->volume.client)->state;

  return state == NBD_CLIENT_OPEN || state == NBD_CLIENT_SLOW;
}

static void
begin_flush (struct worker *worker)
{
  struct volume *volume = &worker->volume;
  const struct nbd_client_export *export = nbd_client_export (volume->client);

  if (!export->flush)
    end (worker, TASK_FLUSH, "the server does not offer flush");
  else if (!server_is_there (worker))
    end (worker, TASK_FLUSH, "the server is away: %.200s",
         nbd_client_status (volume->client)->reason);
  else if (!volume->asked_busy)
    volume_ask_flush (volume);
}

void
worker_task (struct worker *worker, const struct message_task *message)
{
  struct task *task = &worker->tasks[message->kind];
  struct volume *volume = &worker->volume;

  task->serial = worker->serial;
  task->may_shrink = message->may_shrink;
  if (volume->client == NULL || nbd_client_export (volume->client) == NULL) {
    end (worker, message->kind, "the target is not open");
    return;
  }
  ev_now_update (worker->loop);
  task->late = false;
  task->deadline.repeat = message->seconds > 0.1 ? message->seconds : 0.1;
  ev_timer_again (worker->loop, &task->deadline);
  if (!task->running)
    task->asked = false;
  task->running = true;
  if (message->kind == TASK_FLUSH)
    begin_flush (worker);
}

static unsigned
in_flight (const struct volume *volume)
{
  unsigned n = 0, i;

  for (i = 0; i < volume->nqueues; i++)
    n += volume->queues[i]->active;
  return n;
}

static void
flush_turn (struct worker *worker)
{
  struct volume *volume = &worker->volume;

  if (volume->asked_busy)
    return;
  if (volume->asked.error)
    end (worker, TASK_FLUSH, "%s", strerror (volume->asked.error));
  else
    end (worker, TASK_FLUSH, "%s", "");
}

static void
resize_turn (struct worker *worker)
{
  struct task *task = &worker->tasks[TASK_RESIZE];
  struct volume *volume = &worker->volume;
  const bool drained = in_flight (volume) == 0 &&
                       nbd_client_busy (volume->client) == 0;

  if (!task->asked && (drained || !server_is_there (worker))) {
    task->asked = true;
    nbd_client_ask_size (volume->client, task->may_shrink);
    volume_again (volume);
  }
  else if (task->asked && !nbd_client_asks_size (volume->client)) {
    if (server_is_there (worker))
      end (worker, TASK_RESIZE, "%s", "");
    else
      end (worker, TASK_RESIZE, "%.250s",
           nbd_client_status (volume->client)->reason);
  }
}

static void
late (struct worker *worker, enum task_kind kind)
{
  const unsigned n = in_flight (&worker->volume);

  if (kind == TASK_FLUSH)
    end (worker, kind, "the server has not answered yet; the flush goes on");
  else if (kind == TASK_RESIZE && worker->tasks[kind].asked)
    end (worker, kind, "the server has not answered yet");
  else
    end (worker, kind, "%u requests are in flight still", n);
}

void
worker_task_turn (struct worker *worker)
{
  struct volume *volume = &worker->volume;
  bool was = volume->paused;
  unsigned i;

  if (worker->tasks[TASK_FLUSH].running)
    flush_turn (worker);
  if (worker->tasks[TASK_DRAIN].running && in_flight (volume) == 0 &&
      nbd_client_busy (volume->client) == 0)
    end (worker, TASK_DRAIN, "%s", "");
  if (worker->tasks[TASK_RESIZE].running)
    resize_turn (worker);
  if (worker->changing)
    worker_change_turn (worker, in_flight (volume) == 0 &&
                        nbd_client_busy (volume->client) == 0,
                        server_is_there (worker));
  for (i = 0; i < TASKS; i++)
    if (worker->tasks[i].running && worker->tasks[i].late)
      late (worker, i);
  volume->paused = worker->tasks[TASK_DRAIN].running ||
                   worker->tasks[TASK_RESIZE].running || worker->changing;
  if (was && !volume->paused)
    volume_again (volume); /* what has come meanwhile */
}

static void
deadline_passed (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct task *task = timer->data;

  (void) revents;
  ev_timer_stop (loop, timer);
  task->late = true;
}

void
worker_task_init (struct worker *worker)
{
  unsigned i;

  for (i = 0; i < TASKS; i++) {
    ev_init (&worker->tasks[i].deadline, deadline_passed);
    worker->tasks[i].deadline.data = &worker->tasks[i];
  }
}

void
worker_task_forget (struct worker *worker)
{
  unsigned i;

  for (i = 0; i < TASKS; i++) {
    worker->tasks[i].serial = 0;
    memset (&worker->tasks[i].end, 0, sizeof worker->tasks[i].end);
  }
}

void
worker_task_stop (struct worker *worker)
{
  unsigned i;

  for (i = 0; i < TASKS; i++)
    ev_timer_stop (worker->loop, &worker->tasks[i].deadline);
}

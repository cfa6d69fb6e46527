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
#include "bridge/shared/message-text.h"

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
  task->end.late = task->late;
  task->running = false;
  ev_timer_stop (worker->loop, &task->deadline);
}

static bool
server_is_there (const struct worker *worker)
{
  const enum nbd_client_state state = lanes_server (&worker->lanes)->state;

  return state == NBD_CLIENT_OPEN || state == NBD_CLIENT_SLOW;
}

static void
begin_flush (struct worker *worker)
{
  struct lanes *lanes = &worker->lanes;

  if (!lanes->report[0].export.flush)
    end (worker, TASK_FLUSH, "the server does not offer flush");
  else if (!server_is_there (worker))
    end (worker, TASK_FLUSH, "the server is away: %.200s",
         lanes_server (lanes)->reason);
  else
    lanes_flush (lanes);
}

void
worker_task (struct worker *worker, const struct message_task *message)
{
  struct task *task = &worker->tasks[message->kind];

  task->serial = worker->serial;
  task->may_shrink = message->may_shrink;
  task->late = false;
  if (!worker->lanes.report[0].has_export) {
    end (worker, message->kind, "the target is not open");
    return;
  }
  ev_now_update (worker->loop);
  task->deadline.repeat = message->seconds > 0.1 ? message->seconds : 0.1;
  ev_timer_again (worker->loop, &task->deadline);
  if (!task->running)
    task->flushing = task->asked = false;
  task->running = true;
  if (message->kind == TASK_FLUSH)
    begin_flush (worker);
}

static void
flush_turn (struct worker *worker)
{
  int error;

  if (lanes_flushed (&worker->lanes, &error))
    end (worker, TASK_FLUSH, "%s", error ? strerror (error) : "");
}

/* To be asked for the size a server is hung up on.  One without multi-conn need
 * not make durable what came by another connection.  Returns true if all that
 * was written is safe from that, or the server is away anyway.
 */
static bool
is_flushed (struct worker *worker, struct task *task)
{
  struct lanes *lanes = &worker->lanes;
  int error;

  if (!server_is_there (worker) || !lanes->report[0].export.flush)
    return true;
  if (!task->flushing) {
    task->flushing = true;
    lanes_flush (lanes);
    return false;
  }
  if (!lanes_flushed (lanes, &error))
    return false;
  if (error == 0)
    return true;
  end (worker, TASK_RESIZE, "the server cannot flush: %s", strerror (error));
  return false;
}

static void
resize_turn (struct worker *worker)
{
  struct task *task = &worker->tasks[TASK_RESIZE];
  struct lanes *lanes = &worker->lanes;

  if (!task->asked && lanes_nothing_sent (lanes)) {
    if (!is_flushed (worker, task))
      return;
    task->asked = true;
    lanes_ask_size (lanes, task->may_shrink);
  }
  else if (task->asked && lanes_asked_size (lanes)) {
    if (server_is_there (worker))
      end (worker, TASK_RESIZE, "%s", "");
    else
      end (worker, TASK_RESIZE, "%.250s", lanes_server (lanes)->reason);
  }
}

static void
late (struct worker *worker, enum task_kind kind)
{
  const unsigned n = lanes_in_flight (&worker->lanes);
  unsigned io_status;
  const char *stopped = lanes_stopped (&worker->lanes, &io_status);

  if (kind == TASK_FLUSH)
    end (worker, kind, "the server has not answered yet; the flush goes on");
  else if (kind == TASK_RESIZE &&
           (worker->tasks[kind].asked || worker->tasks[kind].flushing))
    end (worker, kind, "the server has not answered yet");
  else if (stopped)
    end (worker, kind, "%u requests are held, since the disk is stopped: "
         "%.150s", n, stopped);
  else
    end (worker, kind, "%u requests are in flight still", n);
}

void
worker_task_turn (struct worker *worker)
{
  struct lanes *lanes = &worker->lanes;
  unsigned i;

  if (worker->tasks[TASK_FLUSH].running)
    flush_turn (worker);
  if (worker->tasks[TASK_DRAIN].running && lanes_drained (lanes))
    end (worker, TASK_DRAIN, "%s", "");
  if (worker->tasks[TASK_RESIZE].running)
    resize_turn (worker);
  if (worker->changing)
    worker_change_turn (worker, lanes_drained (lanes),
                        server_is_there (worker));
  for (i = 0; i < TASKS; i++)
    if (worker->tasks[i].running && worker->tasks[i].late)
      late (worker, i);
  lanes_pause (lanes, worker->tasks[TASK_DRAIN].running ||
                      worker->tasks[TASK_RESIZE].running || worker->changing);
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

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "task.h"
#include "bridge/shared/message-text.h"

static void end (struct tasks *tasks, enum task_kind kind,
                 const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

static void
end (struct tasks *tasks, enum task_kind kind, const char *format, ...)
{
  struct task *task = &tasks->of[kind];
  char text[TASK_ERROR_MAX];
  va_list args;

  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  message_copy_text (task->end.error, text, sizeof task->end.error);
  task->end.serial = task->serial;
  task->end.late = task->late;
  task->phase = TASK_NONE;
  ev_timer_stop (tasks->loop, &task->deadline);
}

static bool
offers_flush (const struct agreement *agreement)
{
  struct nbd_client_export space;
  const struct nbd_client_export *export = agreement_export (agreement,
                                                             &space);

  return export && export->flush;
}

static void
begin_flush (struct tasks *tasks, struct agreement *agreement)
{
  tasks->of[TASK_FLUSH].phase = TASK_FLUSHING;
  if (!offers_flush (agreement))
    end (tasks, TASK_FLUSH, "the server does not offer flush");
  else if (!agreement_server_is_there (agreement))
    end (tasks, TASK_FLUSH, "the server is away: %.200s",
         agreement_server (agreement)->reason);
  else
    agreement_flush (agreement);
}

void
tasks_begin (struct tasks *tasks, struct agreement *agreement,
             const struct message_task *message, uint64_t serial)
{
  struct task *task = &tasks->of[message->kind];
  struct nbd_client_export space;

  task->serial = serial;
  task->may_shrink = message->may_shrink;
  task->late = false;
  if (agreement_export (agreement, &space) == NULL) {
    end (tasks, message->kind, "the target is not open");
    return;
  }
  ev_now_update (tasks->loop);
  task->deadline.repeat = message->seconds > 0.1 ? message->seconds : 0.1;
  ev_timer_again (tasks->loop, &task->deadline);
  if (task->phase == TASK_NONE)
    task->phase = TASK_DRAINING;
  if (message->kind == TASK_FLUSH)
    begin_flush (tasks, agreement);
}

static void
flush_turn (struct tasks *tasks, struct agreement *agreement)
{
  int error;

  if (agreement_flushed (agreement, &error))
    end (tasks, TASK_FLUSH, "%s", error ? strerror (error) : "");
}

/* To be asked for the size a server is hung up on.  One without multi-conn need
 * not make durable what came by another connection.  Returns true if all that
 * was written is safe from that, or the server is away anyway.
 */
static bool
is_flushed (struct tasks *tasks, struct agreement *agreement)
{
  struct task *task = &tasks->of[TASK_RESIZE];
  int error;

  if (!agreement_server_is_there (agreement) || !offers_flush (agreement))
    return true;
  if (task->phase == TASK_DRAINING) {
    task->phase = TASK_FLUSHING;
    agreement_flush (agreement);
    return false;
  }
  if (!agreement_flushed (agreement, &error))
    return false;
  if (error == 0)
    return true;
  end (tasks, TASK_RESIZE, "the server cannot flush: %s", strerror (error));
  return false;
}

static void
resize_turn (struct tasks *tasks, struct agreement *agreement)
{
  struct task *task = &tasks->of[TASK_RESIZE];

  if (task->phase != TASK_ASKING) {
    if (!agreement_nothing_sent (agreement) ||
        !is_flushed (tasks, agreement))
      return;
    task->phase = TASK_ASKING;
    agreement_ask_size (agreement, task->may_shrink);
  }
  else if (agreement_asked_size (agreement)) {
    if (agreement_server_is_there (agreement))
      end (tasks, TASK_RESIZE, "%s", "");
    else
      end (tasks, TASK_RESIZE, "%.250s", agreement_server (agreement)->reason);
  }
}

static void
late (struct tasks *tasks, const struct agreement *agreement,
      enum task_kind kind)
{
  const unsigned n = agreement_in_flight (agreement);
  unsigned io_status;
  const char *stopped = agreement_stopped (agreement, &io_status);

  if (kind == TASK_FLUSH)
    end (tasks, kind, "the server has not answered yet; the flush goes on");
  else if (tasks->of[kind].phase != TASK_DRAINING)
    end (tasks, kind, "the server has not answered yet");
  else if (stopped)
    end (tasks, kind, "%u requests are held, since the disk is stopped: "
         "%.150s", n, stopped);
  else
    end (tasks, kind, "%u requests are in flight still", n);
}

static bool
runs (const struct tasks *tasks, enum task_kind kind)
{
  return tasks->of[kind].phase != TASK_NONE;
}

void
tasks_turn (struct tasks *tasks, struct agreement *agreement)
{
  unsigned i;

  if (runs (tasks, TASK_FLUSH))
    flush_turn (tasks, agreement);
  if (runs (tasks, TASK_DRAIN) && agreement_drained (agreement))
    end (tasks, TASK_DRAIN, "%s", "");
  if (runs (tasks, TASK_RESIZE))
    resize_turn (tasks, agreement);
  for (i = 0; i < TASKS; i++)
    if (runs (tasks, i) && tasks->of[i].late)
      late (tasks, agreement, i);
}

bool
tasks_want_pause (const struct tasks *tasks)
{
  return runs (tasks, TASK_DRAIN) || runs (tasks, TASK_RESIZE);
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
tasks_init (struct tasks *tasks, struct ev_loop *loop)
{
  unsigned i;

  memset (tasks, 0, sizeof *tasks);
  tasks->loop = loop;
  for (i = 0; i < TASKS; i++) {
    ev_init (&tasks->of[i].deadline, deadline_passed);
    tasks->of[i].deadline.data = &tasks->of[i];
  }
}

void
tasks_forget (struct tasks *tasks)
{
  unsigned i;

  for (i = 0; i < TASKS; i++) {
    tasks->of[i].serial = 0;
    memset (&tasks->of[i].end, 0, sizeof tasks->of[i].end);
  }
}

void
tasks_stop (struct tasks *tasks)
{
  unsigned i;

  for (i = 0; i < TASKS; i++)
    ev_timer_stop (tasks->loop, &tasks->of[i].deadline);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker is told to do beside serving its disk.  There may be one task
 * of each kind at a time; one that is asked for again meanwhile is the same.
 */

#ifndef BRIDGE_TASK_H
#define BRIDGE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "agreement.h"
#include "bridge/shared/message-task.h"

/* How far it is.  A flush begins with FLUSHING, a drain does not go beyond
 * DRAINING, a resize has them all.
 */
enum task_phase {
  TASK_NONE,       /* it does not run */
  TASK_DRAINING,
  TASK_FLUSHING,
  TASK_ASKING,     /* the server, for the export's size */
};

struct task {
  enum task_phase phase;
  uint64_t serial;             /* of the message that wants it; 0: of a daemon
                                * that has gone */
  bool may_shrink;             /* see message-task.h */
  ev_timer deadline;           /* runs while it does */
  bool late;                   /* the deadline has passed */
  struct task_end end;         /* of the last of its kind */
};

struct tasks {
  struct ev_loop *loop;        /* the owner's */
  struct task of[TASKS];
};

/* None runs.  `loop` stays the caller's. */
extern void tasks_init (struct tasks *tasks, struct ev_loop *loop);

/* Begin what `message` of this serial wants. */
extern void tasks_begin (struct tasks *tasks, struct agreement *agreement,
                         const struct message_task *message, uint64_t serial);

/* Go on with those that run; how they end is in task->end. */
extern void tasks_turn (struct tasks *tasks, struct agreement *agreement);

/* Is nothing to be taken from the rings, for their sake? */
extern bool tasks_want_pause (const struct tasks *tasks);

/* A new daemon does not care for what the one before had asked for. */
extern void tasks_forget (struct tasks *tasks);

/* Stop all watchers. */
extern void tasks_stop (struct tasks *tasks);

#endif

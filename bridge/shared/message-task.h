/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker can be told to do beside serving its disk, and how its status
 * says that it has ended.
 */

#ifndef BRIDGE_SHARED_MESSAGE_TASK_H
#define BRIDGE_SHARED_MESSAGE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#define TASK_ERROR_MAX      256u /* bytes of a reason */
#define TASK_SECONDS_MAX 86400.0 /* that a task may be given */

enum task_kind {
  TASK_FLUSH,   /* have the server store what was written */
  TASK_DRAIN,   /* take nothing until nothing is in flight, then go on */
  TASK_RESIZE,  /* drain, and ask the server for the export's size */
  TASKS
};

struct message_task {
  uint32_t kind;       /* enum task_kind */
  double seconds;      /* after these it fails */
  bool may_shrink;     /* for TASK_RESIZE: accept an export that is smaller */
};

/* The last task of its kind that ended. */
struct task_end {
  uint64_t serial;     /* of the message that asked for it; 0: none */
  char error[TASK_ERROR_MAX]; /* printable; "": it was done */
  bool late;           /* it was not done in time; missing: false */
};

/* The task as an object, which is the caller's to free, and back.  What is read
 * may be anything: returns 0, or -1 if it is no task.
 */
extern json_t *message_pack_task (const struct message_task *task);
extern int message_unpack_task (const json_t *object,
                                struct message_task *task);

/* The ends as an array, which is the caller's to free. */
extern json_t *message_pack_ends (const struct task_end ends[TASKS]);

/* Read `array`, which may be anything; NULL is that of a worker that knows no
 * tasks.  `late` is said since 0.1.0 only.  Returns 0, or -1 if they are no
 * ends.
 */
extern int message_unpack_ends (const json_t *array,
                                struct task_end ends[TASKS]);

#endif

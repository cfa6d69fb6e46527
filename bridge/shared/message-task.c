/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include "message-get.h"
#include "message-task.h"

json_t *
message_pack_task (const struct message_task *task)
{
  return json_pack ("{s:i, s:f, s:b}", "task", (int) task->kind,
                    "seconds", task->seconds, "may-shrink", task->may_shrink);
}

int
message_unpack_task (const json_t *object, struct message_task *task)
{
  if (get_unsigned (object, "task", TASKS - 1, &task->kind) == -1 ||
      get_seconds (object, "seconds", &task->seconds) == -1 ||
      get_bool (object, "may-shrink", &task->may_shrink) == -1 ||
      task->seconds > TASK_SECONDS_MAX)
    return -1;
  return 0;
}

json_t *
message_pack_ends (const struct task_end ends[TASKS])
{
  json_t *array = json_array ();
  unsigned i;

  for (i = 0; i < TASKS; i++)
    json_array_append_new (array,
      json_pack ("{s:I, s:s, s:b}", "serial", (json_int_t) ends[i].serial,
                 "error", ends[i].error, "late", ends[i].late));
  return array;
}

int
message_unpack_ends (const json_t *array, struct task_end ends[TASKS])
{
  size_t i;

  if (array == NULL)
    return 0;
  if (json_array_size (array) != TASKS)
    return -1;
  for (i = 0; i < TASKS; i++) {
    const json_t *end = json_array_get (array, i);

    if (get_number (end, "serial", INT64_MAX, &ends[i].serial) == -1 ||
        get_text (end, "error", ends[i].error, sizeof ends[i].error) == -1 ||
        (json_object_get (end, "late") &&
         get_bool (end, "late", &ends[i].late) == -1))
      return -1;
  }
  return 0;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The verbs that a worker carries out: flush, drain, resize.
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "verbs-task.h"

#define TASK_SECONDS 10.0 /* unless the question says something else */
#define TASK_MORE     9.0 /* seconds until the worker, too, is given up */

static bool
begin (struct verb_call *call, struct disk *disk, enum task_kind kind)
{
  struct message message = {
    .type = MESSAGE_TASK,
    .task = { .kind = kind, .may_shrink = true },
  };

  if (!verb_seconds (call, TASK_SECONDS, &message.task.seconds))
    return true;
  if (disk->worker.link.fd == -1)
    return verb_answer (call, ASK_REFUSED, "%s: it has no worker now",
                         disk->facts.name);
  if (!worker_link_understands (&disk->worker.link, MESSAGE_TASK))
    return verb_answer (call, ASK_REFUSED, "%s: its worker is of another "
                         "version, or has only just been found",
                        disk->facts.name);
  if (worker_link_send (&disk->worker.link, &message) == -1)
    return verb_answer (call, ASK_REFUSED, "%s: its worker cannot be told: "
                         "%s", disk->facts.name, strerror (errno));
  call->mark = message.serial;
  call->patience = message.task.seconds + TASK_MORE;
  return false;
}

/* Returns true if it has ended, and the answer is there. */
static bool
poll (struct verb_call *call, struct disk *disk, enum task_kind kind)
{
  const struct worker_link *link = disk ? &disk->worker.link : NULL;
  const struct task_end *end;

  if (link == NULL || link->fd == -1 || link->serial < call->mark)
    return verb_answer (call, ASK_REFUSED, "%s: %s: its worker is gone",
                         call->question.device, call->verb->name);
  end = &link->status.tasks[kind];
  if (end->serial < call->mark)
    return false;
  if (end->error[0])
    return verb_answer (call, end->late ? ASK_LATE : ASK_REFUSED,
                         "%s: %s: %s", disk->facts.name, call->verb->name,
                         end->error);
  call->answer.result = json_pack ("{s:s}", "device", disk->facts.name);
  return true;
}

bool
verb_flush (struct verb_call *call, struct disk *disk)
{
  return begin (call, disk, TASK_FLUSH);
}

bool
verb_flush_poll (struct verb_call *call, struct disk *disk)
{
  return poll (call, disk, TASK_FLUSH);
}

bool
verb_drain (struct verb_call *call, struct disk *disk)
{
  return begin (call, disk, TASK_DRAIN);
}

bool
verb_drain_poll (struct verb_call *call, struct disk *disk)
{
  return poll (call, disk, TASK_DRAIN);
}

bool
verb_resize (struct verb_call *call, struct disk *disk)
{
  return begin (call, disk, TASK_RESIZE);
}

bool
verb_resize_poll (struct verb_call *call, struct disk *disk)
{
  if (!poll (call, disk, TASK_RESIZE))
    return false;
  if (call->answer.code == ASK_OK)
    json_object_set_new (call->answer.result, "size",
                         json_integer (disk_size (disk)));
  return true;
}

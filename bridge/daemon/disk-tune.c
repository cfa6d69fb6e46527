/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "disk-tune.h"

static int
tell (struct disk *disk, struct message *message, struct failure *failure)
{
  struct worker_link *link = &disk->worker.link;

  if (link->state == WORKER_LINK_STRANGE)
    return failure_set (failure, "the disk's worker, process %d, is of a later "
                        "version than the daemon", (int) link->pid);
  if (!link->has_status || disk->phase == DISK_LEAVING || link->quitting)
    return failure_set (failure, "the disk has no worker now");
  if (!link->status.has_tune)
    return failure_set (failure, "the disk's worker, process %d, is of an "
                        "older version that cannot do it", (int) link->pid);
  if (worker_link_send (link, message) == -1)
    return failure_set (failure, "cannot tell the worker: %s",
                        strerror (errno));
  return 0;
}

int
disk_tune_change (struct disk *disk, const struct tune *tune,
                  struct failure *failure)
{
  struct message message = { .type = MESSAGE_TUNE, .tune.tune = *tune };

  if (!disk_target_durable (&disk->facts, &disk->worker, tune))
    return failure_set (failure, "write-cache = off: the server offers neither "
                        "flush nor FUA, so it must be on");
  return tell (disk, &message, failure);
}

int
disk_stop (struct disk *disk, struct failure *failure)
{
  struct message message = { .type = MESSAGE_STOP };

  if (disk->worker.rings != HANDSHAKE_RINGS_CONNECTED)
    return failure_set (failure, "no frontend is connected");
  return tell (disk, &message, failure);
}

int
disk_resume (struct disk *disk, struct failure *failure)
{
  const struct worker_link *link = &disk->worker.link;
  struct message message = { .type = MESSAGE_RESUME };

  if (link->has_status && !link->status.stopped[0])
    return failure_set (failure, "the disk is not stopped");
  return tell (disk, &message, failure);
}

void
disk_log_level (struct disk *disk, enum log_level level)
{
  struct worker_link *link = &disk->worker.link;
  struct message message = { .type = MESSAGE_LOG_LEVEL,
                             .log_level.level = level };

  if (disk->phase == DISK_OURS &&
      worker_link_understands (link, MESSAGE_LOG_LEVEL))
    worker_link_send (link, &message);
}

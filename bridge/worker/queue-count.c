/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The half of queue.h that counts.
 */

#include <config.h>

#include "queue.h"
#include "xenbus/xen-public.h"

static struct stats_counts *
counts_of (const struct request *request)
{
  return &request->queue->stats->ops[stats_op_of (request->io.kind)];
}

void
queue_count_taken (struct request *request, uint64_t now)
{
  request->taken = now;
  if (now > 0)
    stats_add (&counts_of (request)->taken, 1);
}

void
queue_count_merged (const struct request *member)
{
  stats_add (&counts_of (member)->merged, 1);
}

void
queue_count_answered (const struct request *request, int16_t status,
                      uint64_t now)
{
  const bool good = status == BLKIF_RSP_OKAY;

  if (request->taken > 0)
    stats_answered (request->queue->stats, stats_op_of (request->io.kind),
                    now - request->taken,
                    good ? request->io.length / BLKIF_SECTOR : 0, !good);
}

void
queue_count_load (struct queue *queue, uint64_t now)
{
  struct stats *stats = queue->stats;
  const bool full = queue->active > 0 && queue->free.head == NULL;

  stats_set (&stats->in_flight, queue->active);
  if (queue->active > stats->most)
    stats_set (&stats->most, queue->active);
  if (full && queue->full_since == 0) {
    queue->full_since = now;
    stats_add (&stats->full, 1);
  }
  else if (!full && queue->full_since > 0) {
    stats_add (&stats->full_us, now - queue->full_since);
    queue->full_since = 0;
  }
}

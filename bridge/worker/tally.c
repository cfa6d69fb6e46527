/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include "tally.h"
#include "xenbus/xen-public.h"

static struct stats_counts *
counts_of (const struct tally *tally, const struct request *request)
{
  return &tally->stats->ops[stats_op_of (request->io.kind)];
}

void
tally_taken (struct tally *tally, struct request *request, uint64_t now)
{
  request->taken = now;
  if (now > 0)
    stats_add (&counts_of (tally, request)->taken, 1);
}

void
tally_refused (struct tally *tally, enum blkif_refusal refusal)
{
  stats_add (&tally->stats->refused[refusal], 1);
}

void
tally_merged (struct tally *tally, const struct request *member)
{
  stats_add (&counts_of (tally, member)->merged, 1);
}

void
tally_answered (struct tally *tally, const struct request *request,
                int16_t status, uint64_t now)
{
  const bool good = status == BLKIF_RSP_OKAY;

  if (request->taken > 0)
    stats_answered (tally->stats, stats_op_of (request->io.kind),
                    now - request->taken,
                    good ? request->io.length / BLKIF_SECTOR : 0, !good);
}

void
tally_load (struct tally *tally, unsigned active, bool full, uint64_t now)
{
  struct stats *stats = tally->stats;

  stats_set (&stats->in_flight, active);
  if (active > stats->most)
    stats_set (&stats->most, active);
  if (full && tally->full_since == 0) {
    tally->full_since = now;
    stats_add (&stats->full, 1);
  }
  else if (!full && tally->full_since > 0) {
    stats_add (&stats->full_us, now - tally->full_since);
    tally->full_since = 0;
  }
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stddef.h>
#include <time.h>

#include "stats.h"

_Static_assert (BLKIF_REFUSALS <= STATS_REFUSALS, "room for all reasons");
_Static_assert (sizeof (struct stats) % sizeof (uint64_t) == 0,
                "nothing but counters");

const char *
stats_op_name (enum stats_op op)
{
  static const char *const names[] = {
    [STATS_READ] = "read", [STATS_WRITE] = "write",
    [STATS_FLUSH] = "flush", [STATS_DISCARD] = "discard",
  };

  return names[op];
}

enum stats_op
stats_op_of (enum blkif_kind kind)
{
  switch (kind) {
  case BLKIF_READ:    return STATS_READ;
  case BLKIF_WRITE:   return STATS_WRITE;
  case BLKIF_DISCARD: return STATS_DISCARD;
  default:            return STATS_FLUSH;
  }
}

uint64_t
stats_clock (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

/* The number of bits that the latency takes. */
static unsigned
bucket (uint64_t microseconds)
{
  const unsigned bits =
    microseconds ? 64 - (unsigned) __builtin_clzll (microseconds) : 0;

  return bits < STATS_BUCKETS ? bits : STATS_BUCKETS - 1;
}

void
stats_answered (struct stats *stats, enum stats_op op, uint64_t microseconds,
                uint64_t sectors, bool error)
{
  struct stats_counts *counts = &stats->ops[op];

  stats_add (&counts->answered, 1);
  stats_add (&counts->errors, error);
  stats_add (&counts->sectors, sectors);
  stats_add (&counts->microseconds, microseconds);
  stats_add (&counts->latency[bucket (microseconds)], 1);
}

void
stats_look (const struct stats *stats, struct stats *copy)
{
  const uint64_t *from = (const uint64_t *) stats;
  uint64_t *to = (uint64_t *) copy;
  size_t i;

  for (i = 0; i < sizeof *stats / sizeof *from; i++)
    to[i] = __atomic_load_n (&from[i], __ATOMIC_RELAXED);
}

void
stats_sum (struct stats *sum, const struct stats *more)
{
  const uint64_t *from = (const uint64_t *) more;
  uint64_t *to = (uint64_t *) sum;
  size_t i;

  for (i = 0; i < sizeof *more / sizeof *from; i++)
    to[i] += from[i];
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What one ring of a disk has done, counted by the worker from its start on,
 * over all connections of the frontend and of the server.
 *
 * One thread counts, others may look: each counter is written whole, so what
 * is seen is never torn, but counters may be of different moments.
 */

#ifndef BRIDGE_SHARED_STATS_H
#define BRIDGE_SHARED_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "xenbus/blkif.h"

#define STATS_BUCKETS  32u /* bucket N counts latencies below 2^N microseconds
                            * that no lower one does; the last, all above */
#define STATS_REFUSALS 16u /* room for enum blkif_refusal, which may only grow
                            * at its end */

enum stats_op {
  STATS_READ,
  STATS_WRITE,
  STATS_FLUSH,   /* and barriers; with their data, if they have any */
  STATS_DISCARD,
  STATS_OPS
};

struct stats_counts {
  uint64_t taken;         /* requests that were taken from the ring */
  uint64_t answered;      /* requests that were answered, well or not */
  uint64_t errors;        /* requests that were answered with an error */
  uint64_t sectors;       /* of 512 bytes; those of requests without an error */
  uint64_t merged;        /* requests that went along in another's command */
  uint64_t microseconds;  /* sum of the latencies, from taken to answered */
  uint64_t latency[STATS_BUCKETS]; /* requests, by their latency */
};

struct stats {
  struct stats_counts ops[STATS_OPS];
  uint64_t in_flight;     /* requests that have no answer yet */
  uint64_t most;          /* the most that `in_flight` ever was */
  uint64_t full;          /* times that all of the ring was in flight */
  uint64_t full_us;       /* microseconds that all of the ring was in flight */
  uint64_t refused[STATS_REFUSALS]; /* requests, by enum blkif_refusal */
};

/* "read", "write", "flush" or "discard". */
extern const char *stats_op_name (enum stats_op op);

/* How a request of this kind is counted. */
extern enum stats_op stats_op_of (enum blkif_kind kind);

/* Microseconds of a clock that only goes forward. */
extern uint64_t stats_clock (void);

/* Change and read a counter so that another thread may look or count. */
static inline void
stats_add (uint64_t *counter, uint64_t n)
{
  __atomic_store_n (counter, *counter + n, __ATOMIC_RELAXED);
}

static inline void
stats_set (uint64_t *counter, uint64_t n)
{
  __atomic_store_n (counter, n, __ATOMIC_RELAXED);
}

static inline uint64_t
stats_get (const uint64_t *counter)
{
  return __atomic_load_n (counter, __ATOMIC_RELAXED);
}

/* Count a request that was answered after so many microseconds; `sectors` is 0
 * if it was answered with an error.
 */
extern void stats_answered (struct stats *stats, enum stats_op op,
                            uint64_t microseconds, uint64_t sectors,
                            bool error);

/* Copy all counters while another thread may count. */
extern void stats_look (const struct stats *stats, struct stats *copy);

/* Add what `more` counted to `sum`. */
extern void stats_sum (struct stats *sum, const struct stats *more);

#endif

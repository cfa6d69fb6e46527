/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdbool.h>

#include "bucket.h"

#define SECOND 1e9 /* ns */

/* Floating point: rates and amounts span 12 orders of magnitude, and a part in
 * 2^53 is nothing here.
 */
static uint64_t
time_of (const struct rate *rate, uint64_t amount, uint64_t most)
{
  const double time = amount * SECOND / rate->rate;

  return time < most ? time : most;
}

static uint64_t
burst_time (const struct rate *rate)
{
  uint64_t time = RATE_BURST_DEFAULT;

  if (rate->burst > 0)
    time = time_of (rate, rate->burst, RATE_BURST_MAX);
  return time < RATE_BURST_MIN ? RATE_BURST_MIN : time;
}

/* What is too far ahead was never put there by the rules: others may share
 * the memory.
 */
static uint64_t
ahead (const struct rate *rate, uint64_t until, uint64_t now)
{
  if (until <= now || until - now > burst_time (rate) + BUCKET_AHEAD_MAX)
    return 0;
  return until - now;
}

uint64_t
bucket_wait (const uint64_t *state, const struct rate *rate,
             uint64_t now)
{
  uint64_t used, burst;

  if (rate->rate == 0)
    return 0;
  used = ahead (rate, __atomic_load_n (state, __ATOMIC_RELAXED), now);
  burst = burst_time (rate);
  return used < burst ? 0 : used - burst + 1;
}

void
bucket_take (uint64_t *state, const struct rate *rate, uint64_t amount,
             uint64_t now)
{
  uint64_t old, new;

  if (rate->rate == 0)
    return;
  old = __atomic_load_n (state, __ATOMIC_RELAXED);
  do
    new = now + ahead (rate, old, now) +
          time_of (rate, amount, BUCKET_AHEAD_MAX / 2);
  while (!__atomic_compare_exchange_n (state, &old, new, false,
                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

void
bucket_cap (uint64_t *state, const struct rate *rate, uint64_t now)
{
  uint64_t old, most;

  if (rate->rate == 0)
    return;
  most = now + burst_time (rate);
  old = __atomic_load_n (state, __ATOMIC_RELAXED);
  while (old > most &&
         !__atomic_compare_exchange_n (state, &old, most, false,
                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    continue;
}

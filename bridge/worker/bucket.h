/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A limit on how much may happen in a time: the generic cell rate algorithm
 * (ITU-T I.371, annex A) with amounts that may exceed the burst.
 *
 * All state is one number: the moment, in nanoseconds of CLOCK_MONOTONIC, up
 * to which what has passed uses the rate up.  Something may pass while that
 * lies no further ahead than the burst takes at that rate, and moves it on by
 * what it takes itself.  So the mean never exceeds the rate for long, and
 * nothing has to happen as time goes by.
 *
 * The state is changed by one atomic instruction.  It may lie in memory that
 * processes share: one that is killed leaves nothing half-done.
 */

#ifndef BRIDGE_BUCKET_H
#define BRIDGE_BUCKET_H

#include <stdint.h>

#include "bridge/shared/rate.h"

#define BUCKET_AHEAD_MAX 3600000000000u /* ns that the state may lie ahead of
                                         * the burst; more is garbage */

/* Nanoseconds until something may pass; 0: now.  Time may not go back. */
extern uint64_t bucket_wait (const uint64_t *state,
                             const struct rate *rate, uint64_t now);

/* `amount` passes now, allowed or not. */
extern void bucket_take (uint64_t *state, const struct rate *rate,
                         uint64_t amount, uint64_t now);

/* The rate is another than before: what passed until now counts for no more
 * than its burst, so that the first waits for nothing that the old rate would
 * have made it wait for.  Doing it again changes nothing.
 */
extern void bucket_cap (uint64_t *state, const struct rate *rate,
                        uint64_t now);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a queue counts for the statistics of its ring.  Times are of
 * stats_clock ().
 */

#ifndef BRIDGE_TALLY_H
#define BRIDGE_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/shared/stats.h"
#include "request.h"

struct tally {
  struct stats *stats;           /* the owner's, for this ring */
  uint64_t full_since;           /* 0: there is room */
};

/* It was taken at time `now`; a request that is refused, with `now` 0. */
extern void tally_taken (struct tally *tally, struct request *request,
                         uint64_t now);

/* Why it was. */
extern void tally_refused (struct tally *tally, enum blkif_refusal refusal);

/* It goes along in another's command. */
extern void tally_merged (struct tally *tally, const struct request *member);

/* It is about to be answered with `status`. */
extern void tally_answered (struct tally *tally, const struct request *request,
                            int16_t status, uint64_t now);

/* So many requests are active now, and there is room for more or not. */
extern void tally_load (struct tally *tally, unsigned active, bool full,
                        uint64_t now);

#endif

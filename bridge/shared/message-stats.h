/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The statistics of one ring as a JSON object.
 */

#ifndef BRIDGE_SHARED_MESSAGE_STATS_H
#define BRIDGE_SHARED_MESSAGE_STATS_H

#include <jansson.h>

#include "stats.h"

/* The object, the owner's to free; NULL when out of memory.  Arrays are as
 * long as there is anything in them.
 */
extern json_t *message_pack_stats (const struct stats *stats);

/* Fill in `stats`, which is zeroed, from what may be anything.  Returns 0, or
 * -1 if a member is missing or wrong, or an array is too long.
 */
extern int message_unpack_stats (const json_t *object, struct stats *stats);

#endif

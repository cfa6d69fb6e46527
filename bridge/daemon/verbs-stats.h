/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The verb stats.  struct verb says what each function is.
 */

#ifndef BRIDGE_VERBS_STATS_H
#define BRIDGE_VERBS_STATS_H

#include "verb.h"

extern bool verb_stats (struct verb_call *call, struct disk *disk);
extern bool verb_stats_poll (struct verb_call *call, struct disk *disk);

#endif

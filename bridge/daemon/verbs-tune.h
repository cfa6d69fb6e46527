/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Verbs that change how a disk is served.  struct verb says what each function
 * is.
 */

#ifndef BRIDGE_VERBS_TUNE_H
#define BRIDGE_VERBS_TUNE_H

#include "verb.h"

extern bool verb_limit (struct verb_call *call, struct disk *disk);
extern bool verb_limit_poll (struct verb_call *call, struct disk *disk);
extern bool verb_policy (struct verb_call *call, struct disk *disk);
extern bool verb_policy_poll (struct verb_call *call, struct disk *disk);
extern bool verb_stop (struct verb_call *call, struct disk *disk);
extern bool verb_resume (struct verb_call *call, struct disk *disk);
extern bool verb_stop_poll (struct verb_call *call, struct disk *disk);

/* Is the disk stopped, why, and by which kind of error? */
extern json_t *verbs_describe_stop (const struct disk *disk);

#endif

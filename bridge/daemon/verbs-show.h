/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Verbs that only look, and log-level.  struct verb says what each function is.
 */

#ifndef BRIDGE_VERBS_SHOW_H
#define BRIDGE_VERBS_SHOW_H

#include "verb.h"

extern bool verb_list (struct verb_call *call, struct disk *disk);
extern bool verb_show (struct verb_call *call, struct disk *disk);
extern bool verb_log_level (struct verb_call *call, struct disk *disk);

#endif

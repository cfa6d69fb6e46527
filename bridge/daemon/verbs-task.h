/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Verbs that a worker carries out.  struct verb says what each function is.
 */

#ifndef BRIDGE_VERBS_TASK_H
#define BRIDGE_VERBS_TASK_H

#include "verb.h"

extern bool verb_flush (struct verb_call *call, struct disk *disk);
extern bool verb_flush_poll (struct verb_call *call, struct disk *disk);
extern bool verb_drain (struct verb_call *call, struct disk *disk);
extern bool verb_drain_poll (struct verb_call *call, struct disk *disk);
extern bool verb_resize (struct verb_call *call, struct disk *disk);
extern bool verb_resize_poll (struct verb_call *call, struct disk *disk);

#endif

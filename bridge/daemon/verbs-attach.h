/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Verbs that stand in for a toolstack.  struct verb says what each function is.
 */

#ifndef BRIDGE_VERBS_ATTACH_H
#define BRIDGE_VERBS_ATTACH_H

#include "verb.h"

extern bool verb_attach (struct verb_call *call, struct disk *disk);
extern bool verb_attach_poll (struct verb_call *call, struct disk *disk);
extern void verb_attach_late (struct verb_call *call, struct disk *disk);
extern bool verb_detach (struct verb_call *call, struct disk *disk);
extern bool verb_detach_poll (struct verb_call *call, struct disk *disk);
extern void verb_detach_late (struct verb_call *call, struct disk *disk);

#endif

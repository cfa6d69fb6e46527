/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the daemon does for xen-nbdctl: a table of verbs.  Each takes a
 * question and either answers at once or is polled in every turn until it
 * can.  A verb that fails changes nothing.
 *
 * To add one: write its function in a file verbs-*.c, add a line to the table
 * in verbs.c, a line to the tool's table in bridge/nbdctl/, and a paragraph to
 * xen-nbdctl(8).
 */

#ifndef BRIDGE_VERBS_H
#define BRIDGE_VERBS_H

#include <stdbool.h>

#include "verb.h"

/* Begin to answer call->question.  Returns true if the answer is there. */
extern bool verbs_begin (struct verb_call *call);

/* Go on.  `late` says that the patience has ended: then there is one. */
extern bool verbs_poll (struct verb_call *call, bool late);

/* Free what the call has; it can be used again. */
extern void verbs_end (struct verb_call *call);

#endif

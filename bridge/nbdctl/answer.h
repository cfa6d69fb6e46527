/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A question whose answer is shown as it comes.
 */

#ifndef BRIDGE_NBDCTL_ANSWER_H
#define BRIDGE_NBDCTL_ANSWER_H

#include <jansson.h>

#include "tool.h"

/* Ask (`question` is freed), wait `seconds` for the answer, and show its
 * members.  Returns the exit status.
 */
extern int nbdctl_ask_and_show (const struct tool *tool, json_t *question,
                                double seconds);

#endif

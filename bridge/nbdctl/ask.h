/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Asking the daemon.  What went wrong is said on standard error.
 */

#ifndef BRIDGE_NBDCTL_ASK_H
#define BRIDGE_NBDCTL_ASK_H

#include "tool.h"
#include "bridge/shared/ask.h"

#define NBDCTL_PATIENCE 35.0 /* seconds for an answer, if no more are known */

/* Connect to the daemon.  Returns the socket, or -1 after saying why not. */
extern int nbdctl_reach (const struct tool *tool);

/* Wait until there is something to read, for `seconds`.  Returns 0, or -1
 * with errno: ETIMEDOUT if there was nothing.
 */
extern int nbdctl_wait (int fd, double seconds);

/* A question for `verb`, about `device` unless that is NULL; the owner's to
 * free.
 */
extern json_t *nbdctl_question (const char *verb, const char *device);

/* Ask (`question` is freed) and wait `seconds` for the answer.  Returns the
 * exit status; *result is the owner's to free, never NULL where that is 0.
 */
extern int nbdctl_ask (const struct tool *tool, json_t *question,
                       double seconds, json_t **result);

/* Ask for all pages of the list of disks.  Returns the exit status; *disks is
 * an array, the owner's to free, NULL where that is not 0.
 */
extern int nbdctl_ask_list (const struct tool *tool, json_t **disks);

/* Ask for the statistics of `disk`, by its name.  As nbdctl_ask. */
extern int nbdctl_ask_stats (const struct tool *tool, const char *disk,
                             json_t **stats);

#endif

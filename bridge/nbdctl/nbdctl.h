/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl's own parts: asking, and showing what was answered.
 */

#ifndef BRIDGE_NBDCTL_H
#define BRIDGE_NBDCTL_H

#include <stdbool.h>

#include "bridge/shared/ask.h"

#define NBDCTL_PATIENCE 35.0 /* seconds for an answer, if no more are known */

struct tool {
  const char *run_dir;
  bool json;
  double timeout;   /* seconds, --timeout; negative: not given */
  double interval;  /* seconds, --interval */
  unsigned count;   /* --count; 0: for ever */
  bool force;       /* --force */
  bool read_only;   /* --read-only */
  bool quiet;       /* refusals are not worth a line */
};

/* Connect to the daemon, or say why not and return -1. */
extern int nbdctl_reach (const struct tool *tool);

/* Wait until there is something to read, for `seconds`.  Returns 0, or -1
 * with errno.
 */
extern int nbdctl_wait (int fd, double seconds);

/* A question for `verb`, about `device` unless that is NULL. */
extern json_t *nbdctl_question (const char *verb, const char *device);

/* Ask (`question` is freed) and wait `seconds` for the answer.  What went
 * wrong is on standard error then.  Returns the exit status; *result is the
 * owner's to free, never NULL where that is 0.
 */
extern int nbdctl_ask (const struct tool *tool, json_t *question,
                       double seconds, json_t **result);

/* Ask for all pages of the list of disks: an array, the owner's to free. */
extern int nbdctl_ask_list (const struct tool *tool, json_t **disks);

/* Show on standard output: JSON as it is, or a table or list for people. */
extern void nbdctl_print_json (const json_t *value);
extern void nbdctl_print_list (const json_t *disks);
extern void nbdctl_print_members (const json_t *object);

/* Ask, and show the members of the result.  Returns the exit status. */
extern int nbdctl_ask_and_show (const struct tool *tool, json_t *question,
                                double seconds);

/* Commands in nbdctl-tune.c. */
extern int nbdctl_limit (struct tool *tool, char **args);
extern int nbdctl_policy (struct tool *tool, char **args);
extern int nbdctl_stop (struct tool *tool, char **args);
extern int nbdctl_resume (struct tool *tool, char **args);

/* The commands stats and top, in nbdctl-stats.c and nbdctl-top.c. */
extern int nbdctl_stats (struct tool *tool, char **args);
extern int nbdctl_top (struct tool *tool, char **args);

/* Statistics of `disk`, by its name.  As nbdctl_ask. */
extern int nbdctl_ask_stats (const struct tool *tool, const char *disk,
                             json_t **stats);

/* A number that is a member, or 0 if there is none. */
extern uint64_t nbdctl_number (const json_t *object, const char *name);

/* Text of a member, or "" if there is none. */
extern const char *nbdctl_member (const json_t *object, const char *name);

#endif

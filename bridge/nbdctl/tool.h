/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the options on the command line say.
 *
 * A command is a function nbdctl_NAME that is given this and its arguments, as
 * many as the table in main.c allows and then NULL.  It says on standard error
 * what went wrong, and returns the exit status, an enum ask_code.
 */

#ifndef BRIDGE_NBDCTL_TOOL_H
#define BRIDGE_NBDCTL_TOOL_H

#include <stdbool.h>

struct tool {
  const char *run_dir;
  bool json;
  double timeout;   /* seconds, --timeout; 0: not given */
  double interval;  /* seconds, --interval */
  unsigned count;   /* --count; 0: for ever */
  bool force;       /* --force */
  bool read_only;   /* --read-only */
  bool quiet;       /* refusals are not worth a line */
};

#endif

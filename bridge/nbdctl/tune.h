/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands that change how a disk is served: limit, policy, stop, resume.
 */

#ifndef BRIDGE_NBDCTL_TUNE_H
#define BRIDGE_NBDCTL_TUNE_H

#include "tool.h"

extern int nbdctl_limit (struct tool *tool, char **args);
extern int nbdctl_policy (struct tool *tool, char **args);
extern int nbdctl_stop (struct tool *tool, char **args);
extern int nbdctl_resume (struct tool *tool, char **args);

#endif

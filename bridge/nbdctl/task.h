/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands that a disk's worker carries out: flush, drain, resize.
 */

#ifndef BRIDGE_NBDCTL_TASK_H
#define BRIDGE_NBDCTL_TASK_H

#include "tool.h"

extern int nbdctl_flush (struct tool *tool, char **args);
extern int nbdctl_drain (struct tool *tool, char **args);
extern int nbdctl_resize (struct tool *tool, char **args);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The command top: what disks do, live.
 */

#ifndef BRIDGE_NBDCTL_TOP_H
#define BRIDGE_NBDCTL_TOP_H

#include "tool.h"

/* Show a table of all disks every tool->interval seconds. */
extern int nbdctl_top (struct tool *tool, char **args);

#endif

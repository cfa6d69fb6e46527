/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands that show disks: list, show.
 */

#ifndef BRIDGE_NBDCTL_DISKS_H
#define BRIDGE_NBDCTL_DISKS_H

#include "tool.h"

extern int nbdctl_list (struct tool *tool, char **args);
extern int nbdctl_show (struct tool *tool, char **args);

#endif

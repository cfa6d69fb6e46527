/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The command stats: what disks have done.
 */

#ifndef BRIDGE_NBDCTL_STATS_H
#define BRIDGE_NBDCTL_STATS_H

#include "tool.h"

/* Show the statistics of the disk args[0], or of all disks. */
extern int nbdctl_stats (struct tool *tool, char **args);

#endif

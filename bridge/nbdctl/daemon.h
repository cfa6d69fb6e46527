/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands about the daemon itself: ping, log-level.
 */

#ifndef BRIDGE_NBDCTL_DAEMON_H
#define BRIDGE_NBDCTL_DAEMON_H

#include "tool.h"

extern int nbdctl_ping (struct tool *tool, char **args);
extern int nbdctl_log_level (struct tool *tool, char **args);

#endif

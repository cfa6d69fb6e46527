/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands in the place of a toolstack: attach, detach.
 */

#ifndef BRIDGE_NBDCTL_ATTACH_H
#define BRIDGE_NBDCTL_ATTACH_H

#include "tool.h"

extern int nbdctl_attach (struct tool *tool, char **args);
extern int nbdctl_detach (struct tool *tool, char **args);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The command claim, with which the hotplug script has a device served.
 */

#ifndef BRIDGE_NBDCTL_CLAIM_H
#define BRIDGE_NBDCTL_CLAIM_H

#include "tool.h"

/* Claim the device args[0] and wait for the daemon's verdict. */
extern int nbdctl_claim (struct tool *tool, char **args);

#endif

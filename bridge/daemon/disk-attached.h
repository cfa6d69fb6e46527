/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The nodes of a device that `xen-nbdctl attach` wrote, which no toolstack
 * knows of.
 */

#ifndef BRIDGE_DISK_ATTACHED_H
#define BRIDGE_DISK_ATTACHED_H

#include "again.h"
#include "disk-facts.h"
#include "disk-worker.h"

/* Remove them if the device is closed for good: its domain is gone, or it was
 * detached.  Nobody else would.
 */
extern enum again disk_attached_update (const struct disk_facts *facts,
                                        const struct disk_worker *worker,
                                        struct store *store);

#endif

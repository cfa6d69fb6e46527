/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Is a device ours?  The toolstack's nodes say so.
 */

#ifndef BRIDGE_DISK_CONSIDER_H
#define BRIDGE_DISK_CONSIDER_H

#include "disk.h"

/* Read the toolstack's nodes.  If the device is for us, disk->ours is true
 * then and its target is being opened; else disk->failure says why not.
 */
extern void disk_consider (struct disk *disk);

/* Do the nodes name another target now?  A script that claims may be a new
 * device's, of the same name, whose first state was not seen because
 * xen-blkback wrote the next one over it.  Returns 1 or 0, or -1 if they
 * cannot be read.
 */
extern int disk_was_changed (const struct disk *disk);

/* Remove what `xen-nbdctl attach` wrote for a device that is closed for good:
 * its domain is gone, or it was detached.  Nobody else would.
 */
extern void disk_remove_attached (struct disk *disk);

#endif

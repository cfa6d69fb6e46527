/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The medium of a read-only cdrom, which is what the node params names; empty
 * is an empty drive.  libxl's cd-eject and cd-insert write that node and
 * nothing else.
 */

#ifndef BRIDGE_DISK_MEDIUM_H
#define BRIDGE_DISK_MEDIUM_H

#include "disk.h"

/* Can the disk have another medium? */
extern bool disk_medium_removable (const struct disk *disk);

/* Has it none? */
extern bool disk_medium_empty (const struct disk *disk);

/* Look whether there is another one, and have the worker open that. */
extern void disk_medium_update (struct disk *disk);

#endif

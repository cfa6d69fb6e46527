/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A disk whose size changes while the guest uses it.
 */

#ifndef BRIDGE_DISK_SIZE_H
#define BRIDGE_DISK_SIZE_H

#include "disk.h"

/* Where the guest has been told another size than the worker's, tell it. */
extern void disk_size_update (struct disk *disk);

/* The setting resize-poll, in seconds, holds from now on; 0: do not ask. */
extern void disk_size_poll (struct disk *disk, double seconds);

#endif

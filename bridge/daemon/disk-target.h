/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The NBD side of a device in the daemon: which export, may it be used, is
 * it open, and the worker that opens it.
 */

#ifndef BRIDGE_DISK_TARGET_H
#define BRIDGE_DISK_TARGET_H

#include "disk.h"

/* Begin to open the target: check it, find or start the worker, tell it.
 * The outcome is disk->target, now or after later updates.
 */
extern void disk_target_start (struct disk *disk);

/* Is there a worker of the disk's name, left by one that is gone, or that
 * was another's before the nodes were changed?  It has a guest's pages: end
 * it.  Returns true if there was one; it is dead when disk->link says so.
 */
extern bool disk_target_end_old (struct disk *disk);

/* Tell the worker the target, or the medium, that the disk has now. */
extern void disk_target_send (struct disk *disk);

/* End a worker of a later version if it is to give the rings back, or no guest
 * is connected to it by the state that was read last: what else it is doing
 * cannot be known.
 */
extern void disk_target_end_strange (struct disk *disk);

/* Take in what the worker, or its death, or the retry timer has to say. */
extern void disk_target_update (struct disk *disk);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How one disk is served, as the daemon sees it: from the settings at first,
 * from its worker as long as there is one.
 */

#ifndef BRIDGE_DISK_TUNE_H
#define BRIDGE_DISK_TUNE_H

#include "disk.h"

/* How its worker serves the disk; what the settings say as long as there is
 * none, and the defaults for a worker that does not know of any of this.
 */
extern void disk_tune (const struct disk *disk, struct tune *tune);

/* Bytes of the disk that a guest can see, with sectors of that size. */
extern uint64_t disk_size (const struct disk *disk);

/* Can the open export be served like this?  Returns true, or false with a
 * sentence in `error` (DEVICE_ERROR_MAX bytes).
 */
extern bool disk_tune_fits (const struct disk *disk, char *error);

/* The limits of a disk that is in a group are what the other disks of that
 * group have now, if there are any.
 */
extern void disk_tune_join (const struct disk *disk, struct tune *tune);

/* Change the limits, also of all other disks that are in the same group, as
 * disk_tune_change does.
 */
extern int disk_tune_limit (struct disk *disk, const struct tune *tune,
                            char *error);

/* Tell the worker to serve the disk like this from now on, to stop, or to go
 * on.  Returns 0, or -1 with a sentence in `error` (DEVICE_ERROR_MAX bytes),
 * and then nothing has changed.
 */
extern int disk_tune_change (struct disk *disk, const struct tune *tune,
                             char *error);
extern int disk_stop (struct disk *disk, char *error);
extern int disk_resume (struct disk *disk, char *error);

#endif

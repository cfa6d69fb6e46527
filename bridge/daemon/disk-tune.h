/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What an operator can change of a disk while it runs.
 *
 * Each tells the worker.  What can fail returns 0, or -1 with a sentence, and
 * then nothing has changed.
 */

#ifndef BRIDGE_DISK_TUNE_H
#define BRIDGE_DISK_TUNE_H

#include "base/failure.h"
#include "disk.h"

/* Serve the disk like this from now on. */
extern int disk_tune_change (struct disk *disk, const struct tune *tune,
                             struct failure *failure);

/* Take nothing from the rings, or go on. */
extern int disk_stop (struct disk *disk, struct failure *failure);
extern int disk_resume (struct disk *disk, struct failure *failure);

/* Log this much, if the worker knows of that. */
extern void disk_log_level (struct disk *disk, enum log_level level);

#endif

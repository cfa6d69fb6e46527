/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Can a disk be had, for who waits for that: the hotplug script, or xen-nbdctl.
 */

#ifndef BRIDGE_DISK_VERDICT_H
#define BRIDGE_DISK_VERDICT_H

#include "base/failure.h"
#include "disk.h"

enum disk_verdict {
  DISK_VERDICT_NONE,     /* not yet */
  DISK_VERDICT_ACCEPTED,
  DISK_VERDICT_REFUSED,  /* and there is a sentence */
};

/* The answer to disk_claim. */
extern enum disk_verdict disk_verdict (const struct disk *disk,
                                       struct failure *failure);

/* Why the device is not ours or its target cannot be had, or "". */
extern const char *disk_failure (const struct disk *disk);

#endif

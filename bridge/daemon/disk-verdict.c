/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include "disk-verdict.h"

enum disk_verdict
disk_verdict (const struct disk *disk, struct failure *failure)
{
  if (disk->marked ||
      (disk->phase == DISK_OURS && disk->claim != DISK_CLAIM_NONE))
    return DISK_VERDICT_NONE; /* there are facts that were not looked at yet */
  if (disk->phase == DISK_LEAVING)
    failure_set (failure, "the device was removed");
  else if (disk->phase != DISK_OURS ||
           disk->target.state == HANDSHAKE_TARGET_FAILED)
    failure_set (failure, "%s", disk_failure (disk));
  else
    return disk->target.state == HANDSHAKE_TARGET_OPEN
           ? DISK_VERDICT_ACCEPTED : DISK_VERDICT_NONE;
  return DISK_VERDICT_REFUSED;
}

const char *
disk_failure (const struct disk *disk)
{
  return disk->phase == DISK_OURS || disk->phase == DISK_LEAVING
         ? disk->target.failure : disk->facts.why_not;
}

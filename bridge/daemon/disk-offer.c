/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include "daemon.h"
#include "disk-offer.h"
#include "xenbus/device-write.h"

/* The node is the offer's memory: a daemon that was restarted with another
 * setting finds there what the guest was told.
 */
static void
note_queues (struct disk *disk)
{
  uint64_t queues;

  if (store_read_number (disk->daemon->store, STORE_NOW, disk->paths.backend,
                         "multi-queue-max-queues", UINT32_MAX, &queues) == -1)
    return;
  if (queues > DEVICE_QUEUES_MAX)
    queues = DEVICE_QUEUES_MAX;
  if (queues > disk->queues_offered)
    disk->queues_offered = queues;
}

int
disk_offer_write (struct disk *disk)
{
  note_queues (disk);
  return device_write_offer (disk->daemon->store, &disk->paths,
                             disk->daemon->settings->max_queues,
                             DISK_ORDER_MAX);
}

unsigned
disk_offer_queues (struct disk *disk)
{
  note_queues (disk);
  return disk->queues_offered > 0 ? disk->queues_offered
                                  : disk->daemon->settings->max_queues;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a guest is offered before it connects, and how much of that it may
 * take.
 */

#ifndef BRIDGE_DISK_OFFER_H
#define BRIDGE_DISK_OFFER_H

#include "disk.h"

#define DISK_ORDER_MAX RING_ORDER_MAX /* pages of a ring: that power of two */

/* Write the offer and InitWait.  Returns 0 or -1 with errno. */
extern int disk_offer_write (struct disk *disk);

/* How many queues the frontend may have: what it was offered by us, or by
 * xen-blkback before we took the device, as far as a worker can serve it.
 */
extern unsigned disk_offer_queues (struct disk *disk);

#endif

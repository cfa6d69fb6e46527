/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A device's rings, as the frontend's nodes tell of them.
 */

#ifndef XENBUS_DEVICE_RINGS_H
#define XENBUS_DEVICE_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "blkif.h"
#include "device.h"
#include "ring.h"
#include "store.h"

#define DEVICE_QUEUES_MAX 8u /* rings of one device that we can serve */

/* The guest's half, range-checked. */
struct device_rings {
  const struct blkif_abi *abi;
  unsigned count;                /* rings, 1 to DEVICE_QUEUES_MAX */
  bool persistent;               /* it can keep its grants */
  struct device_ring {
    uint32_t port;               /* event channel in the guest */
    unsigned pages;              /* a power of two up to RING_PAGES_MAX */
    uint32_t refs[RING_PAGES_MAX];
  } rings[DEVICE_QUEUES_MAX];
};

/* Read the guest's half.  `queues_max` and `order_max` are what it was
 * offered.  Returns 0, or -1 with errno and a sentence that names the node,
 * its value and what is allowed.  EAGAIN: the store could not be read, which
 * says nothing about the guest; EINVAL: all else.
 */
extern int device_read_rings (struct store *store,
                              const struct device_paths *paths,
                              unsigned queues_max, unsigned order_max,
                              struct device_rings *rings,
                              struct failure *failure);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The backend's half of a blkif ring: a shared page, where the guest puts
 * requests and we put responses, in any order.
 *
 * No pointer into the shared page leaves this module, and no number from it
 * is used before it is checked.
 */

#ifndef XENBUS_RING_H
#define XENBUS_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "blkif.h"

#define RING_ORDER_MAX 4u /* of a number of pages; as other backends offer */
#define RING_PAGES_MAX (1u << RING_ORDER_MAX)

struct ring {
  const struct blkif_abi *abi;
  volatile uint8_t *shared;  /* the mapped pages; the caller unmaps them */
  uint32_t entries;          /* a power of two */
  uint32_t req_cons;         /* requests taken so far, modulo 2^32 */
  uint32_t rsp_prod;         /* responses put so far, modulo 2^32 */
  uint32_t published;        /* responses that the guest knows of */
  bool broken;               /* the guest's indices make no sense */
};

/* How many entries a ring of `pages` pages has. */
extern uint32_t ring_entries (const struct blkif_abi *abi, unsigned pages);

/* Take over the `pages` pages mapped at `shared`, which stay the caller's.
 * A ring that was in use goes on where its published responses end.
 *
 * Returns 0, or -1 if the indices there make no sense.
 */
extern int ring_attach (struct ring *ring, const struct blkif_abi *abi,
                        void *shared, unsigned pages);

/* Copy the next request into the abi->request_size bytes at `raw`.
 *
 * Returns true if there was one.  A producer index that is further ahead
 * than the ring is long sets ring->broken: nothing is taken from such a
 * ring ever again (XSA-39).
 */
extern bool ring_take (struct ring *ring, void *raw);

/* Put a response; the guest sees it after ring_publish. */
extern void ring_put (struct ring *ring, uint64_t id, uint8_t operation,
                      int16_t status);

/* Show the guest all responses put so far.  Returns true if it asked to be
 * notified of one of them.
 */
extern bool ring_publish (struct ring *ring);

/* Before going to sleep: ask the guest to notify us of its next request.
 * Returns true if there is one already.
 */
extern bool ring_final_check (struct ring *ring);

#endif

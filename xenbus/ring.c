/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Xen's io/ring.h has macros for this, but they need a type for each
 * layout and leave the guest's index to be read more than once; written out
 * over the layout's sizes it is one piece of code that reads each once.
 */

#include <config.h>

#include <stddef.h>
#include <string.h>

#include "ring.h"
#include "xen-public.h"

#define AT_REQ_PROD   offsetof (struct blkif_sring, req_prod)
#define AT_REQ_EVENT  offsetof (struct blkif_sring, req_event)
#define AT_RSP_PROD   offsetof (struct blkif_sring, rsp_prod)
#define AT_RSP_EVENT  offsetof (struct blkif_sring, rsp_event)
#define AT_ENTRIES    offsetof (struct blkif_sring, ring)

static uint32_t
load (const struct ring *ring, size_t at)
{
  return *(const volatile uint32_t *) (ring->shared + at);
}

static void
store (struct ring *ring, size_t at, uint32_t value)
{
  *(volatile uint32_t *) (ring->shared + at) = value;
}

static volatile uint32_t *
entry (const struct ring *ring, uint32_t index)
{
  return (volatile uint32_t *) (ring->shared + AT_ENTRIES +
                                (size_t) (index & (ring->entries - 1)) *
                                ring->abi->request_size);
}

uint32_t
ring_entries (const struct blkif_abi *abi, unsigned pages)
{
  uint32_t room = (pages * XEN_PAGE_SIZE - AT_ENTRIES) / abi->request_size;
  uint32_t entries = 1;

  while (entries * 2 <= room)
    entries *= 2;
  return entries;
}

int
ring_attach (struct ring *ring, const struct blkif_abi *abi, void *shared,
             unsigned pages)
{
  ring->abi = abi;
  ring->shared = shared;
  ring->entries = ring_entries (abi, pages);
  ring->broken = false;
  ring->published = ring->rsp_prod = ring->req_cons =
    load (ring, AT_RSP_PROD);
  if (load (ring, AT_REQ_PROD) - ring->rsp_prod > ring->entries) {
    ring->broken = true;
    return -1;
  }
  return 0;
}

bool
ring_take (struct ring *ring, void *raw)
{
  uint32_t prod, i, copy[BLKIF_REQUEST_SIZE_MAX / sizeof (uint32_t)];
  const volatile uint32_t *from;

  if (ring->broken)
    return false;
  prod = load (ring, AT_REQ_PROD);
  if (prod - ring->rsp_prod > ring->entries) {
    ring->broken = true;
    return false;
  }
  /* The second test keeps an index that went backwards from running us
   * around the ring: unanswered requests never fill more than the ring. */
  if (prod == ring->req_cons ||
      ring->req_cons - ring->rsp_prod >= ring->entries)
    return false;
  xen_rmb (); /* the request was written before the index */

  from = entry (ring, ring->req_cons);
  for (i = 0; i < ring->abi->request_size / sizeof (uint32_t); i++)
    copy[i] = from[i];
  memcpy (raw, copy, ring->abi->request_size);
  ring->req_cons++;
  return true;
}

void
ring_put (struct ring *ring, uint64_t id, uint8_t operation, int16_t status)
{
  uint32_t i, response[16 / sizeof (uint32_t)];
  volatile uint32_t *to = entry (ring, ring->rsp_prod);

  blkif_format_response (ring->abi, response, id, operation, status);
  for (i = 0; i < ring->abi->response_size / sizeof (uint32_t); i++)
    to[i] = response[i];
  ring->rsp_prod++;
}

bool
ring_publish (struct ring *ring)
{
  const uint32_t old = ring->published;

  if (old == ring->rsp_prod)
    return false;
  xen_wmb (); /* responses before the index */
  store (ring, AT_RSP_PROD, ring->rsp_prod);
  ring->published = ring->rsp_prod;
  xen_mb (); /* the index before the guest's wish is read */
  return ring->rsp_prod - load (ring, AT_RSP_EVENT) < ring->rsp_prod - old;
}

bool
ring_final_check (struct ring *ring)
{
  if (ring->broken)
    return false;
  store (ring, AT_REQ_EVENT, ring->req_cons + 1);
  xen_mb (); /* the wish before the last look */
  return load (ring, AT_REQ_PROD) != ring->req_cons &&
         ring->req_cons - ring->rsp_prod < ring->entries;
}

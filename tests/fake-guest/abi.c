/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <string.h>

#include "abi.h"

#define RING_HEADER 64u

/* x86_32 packs 64-bit fields at multiples of 4, x86_64 at multiples of 8. */
static const struct {
  unsigned entry, response; /* bytes */
  unsigned id, sector, tail;
  unsigned indirect_handle, indirect_refs;
} layouts[] = {
  [ABI_X86_32] = { 108, 12, 4, 12, 20, 20, 24 },
  [ABI_X86_64] = { 112, 16, 8, 16, 24, 24, 28 },
};

static void
put (char *bytes, unsigned offset, const void *value, size_t size)
{
  memcpy (bytes + offset, value, size);
}

uint32_t
abi_ring_size (enum abi abi, uint32_t pages)
{
  uint32_t n = (pages * 4096 - RING_HEADER) / layouts[abi].entry, size = 1;

  while (size * 2 <= n)
    size *= 2;
  return size;
}

char *
abi_entry (enum abi abi, char *ring, uint32_t size, uint32_t index)
{
  return ring + RING_HEADER + (index & (size - 1)) * layouts[abi].entry;
}

void
abi_put_segment (char *bytes, const struct abi_segment *segment)
{
  memset (bytes, 0, 8);
  put (bytes, 0, &segment->gref, 4);
  put (bytes, 4, &segment->first, 1);
  put (bytes, 5, &segment->last, 1);
}

static void
put_indirect (enum abi abi, char *entry, const struct abi_request *request)
{
  put (entry, 1, &request->inner, 1);
  put (entry, 2, &request->nr_segments, 2);
  put (entry, layouts[abi].indirect_handle, &request->handle, 2);
  put (entry, layouts[abi].indirect_refs, request->indirect,
       sizeof request->indirect);
}

static void
put_direct (enum abi abi, char *entry, const struct abi_request *request)
{
  uint8_t nr_segments = request->nr_segments;
  unsigned i;

  put (entry, 1, &nr_segments, 1);
  put (entry, 2, &request->handle, 2);
  for (i = 0; i < request->nsegments && i < ABI_SEGMENTS; i++)
    abi_put_segment (entry + layouts[abi].tail + i * 8,
                     &request->segments[i]);
}

void
abi_put_request (enum abi abi, char *entry,
                 const struct abi_request *request)
{
  /* What a frontend does not set is whatever was there: old answers. */
  put (entry, 0, &request->op, 1);
  put (entry, layouts[abi].id, &request->id, 8);
  put (entry, layouts[abi].sector, &request->sector, 8);
  if (request->op == OP_INDIRECT) {
    put_indirect (abi, entry, request);
    return;
  }
  if (request->op == OP_DISCARD) {
    put (entry, 1, &request->inner, 1);
    put (entry, 2, &request->handle, 2);
    put (entry, layouts[abi].tail, &request->nr_sectors, 8);
    return;
  }
  put_direct (abi, entry, request);
}

void
abi_get_response (enum abi abi, const char *entry,
                  struct abi_response *response)
{
  unsigned i;

  memcpy (&response->id, entry, 8);
  memcpy (&response->op, entry + 8, 1);
  memcpy (&response->status, entry + 10, 2);
  response->dirty = entry[9] != 0;
  for (i = 12; i < layouts[abi].response; i++)
    response->dirty += entry[i] != 0;
}

unsigned
abi_segments_offset (enum abi abi)
{
  return layouts[abi].tail;
}

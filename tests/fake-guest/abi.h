/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Ring entries as bytes, for each ABI.  Written by offset from the public
 * header's layouts, so that a mistake in the backend's structs shows.
 */

#ifndef FAKE_GUEST_ABI_H
#define FAKE_GUEST_ABI_H

#include <stdint.h>

enum abi { ABI_X86_32, ABI_X86_64 };

#define ABI_SEGMENTS      11u /* in a direct request */
#define ABI_INDIRECT      8u  /* pages of an indirect one */
#define ABI_SEGMENTS_PAGE 512u

enum { OP_READ, OP_WRITE, OP_BARRIER, OP_FLUSH, OP_RESERVED, OP_DISCARD,
       OP_INDIRECT };
enum { STATUS_OK = 0, STATUS_ERROR = -1, STATUS_EOPNOTSUPP = -2 };

struct abi_segment {
  uint32_t gref;
  uint8_t first, last;
};

/* All that any kind of request can say. */
struct abi_request {
  uint8_t op;
  uint8_t inner;        /* indirect: the operation; discard: the flag */
  uint16_t nr_segments;
  uint16_t handle;
  uint64_t id;
  uint64_t sector;
  uint64_t nr_sectors;  /* discard */
  uint32_t indirect[ABI_INDIRECT];
  unsigned nsegments;   /* that are really in segments */
  struct abi_segment segments[ABI_SEGMENTS_PAGE];
};

struct abi_response {
  uint64_t id;
  uint8_t op;
  int16_t status;
  unsigned dirty; /* padding bytes that are not 0 */
};

extern uint32_t abi_ring_size (enum abi abi, uint32_t pages);
extern char *abi_entry (enum abi abi, char *ring, uint32_t size,
                        uint32_t index);
extern void abi_put_request (enum abi abi, char *entry,
                             const struct abi_request *request);
extern void abi_get_response (enum abi abi, const char *entry,
                              struct abi_response *response);
extern void abi_put_segment (char *bytes, const struct abi_segment *segment);

/* Where in a direct request's entry the segments begin. */
extern unsigned abi_segments_offset (enum abi abi);

#endif

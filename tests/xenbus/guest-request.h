/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A guest that writes requests byte by byte, in one layout or another.
 * Include cmocka.h first.
 */

#ifndef TESTS_XENBUS_GUEST_REQUEST_H
#define TESTS_XENBUS_GUEST_REQUEST_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "blkif.h"
#include "xen-public.h"

#define ID      0xfedcba9876543210
#define SECTORS 1000u

static struct layout {
  const char *name;
  uint32_t request_size, id, sector, data;
} layouts[] = {
  { "x86_32-abi", 108, 4, 12, 20 },
  { "x86_64-abi", 112, 8, 16, 24 },
  { "arm-abi",    112, 8, 16, 24 },
};

/* A guest's request, in memory of exactly its size. */
struct guest {
  const struct layout *layout;
  const struct blkif_abi *abi;
  uint8_t *raw;
  uint8_t *table;  /* of an indirect request, at its size; NULL if there is
                    * none */
  struct blkif_bounds bounds;
  struct blkif_io io;
  struct blkif_segment segments[BLKIF_INDIRECT_MAX + 1];
};

static inline int
guest_setup (void **state)
{
  struct guest *guest = calloc (1, sizeof *guest);

  guest->layout = *state;
  guest->abi = blkif_abi_find (guest->layout->name);
  guest->raw = malloc (guest->layout->request_size);
  guest->bounds = (struct blkif_bounds) {
    .sectors = SECTORS, .sector_size = 512, .flush = true, .discard = true,
  };
  *state = guest;
  return 0;
}

static inline int
guest_teardown (void **state)
{
  struct guest *guest = *state;

  free (guest->table);
  free (guest->raw);
  free (guest);
  return 0;
}

static inline void
begin (struct guest *guest, uint8_t operation, uint8_t nsegments,
       uint64_t sector)
{
  const uint64_t id = ID;

  memset (guest->raw, 0xa5, guest->layout->request_size);
  guest->raw[0] = operation;
  guest->raw[1] = nsegments;
  memcpy (guest->raw + guest->layout->id, &id, sizeof id);
  memcpy (guest->raw + guest->layout->sector, &sector, sizeof sector);
}

static inline void
segment (struct guest *guest, unsigned i, uint32_t gref, uint8_t first,
         uint8_t last)
{
  uint8_t *raw = guest->raw + guest->layout->data + 8 * i;

  memcpy (raw, &gref, sizeof gref);
  raw[4] = first;
  raw[5] = last;
}

/* Parse, and see that id and operation can be answered whatever comes out. */
static inline enum blkif_refusal
parse (struct guest *guest)
{
  enum blkif_refusal refusal;

  memset (&guest->io, 0xff, sizeof guest->io);
  guest->io.segments = guest->segments;
  refusal = blkif_parse (guest->abi, guest->raw, guest->table, &guest->bounds,
                         &guest->io);
  assert_int_equal (guest->io.id, ID);
  assert_int_equal (guest->io.operation,
                    guest->raw[guest->raw[0] == BLKIF_OP_INDIRECT &&
                               guest->bounds.indirect > 0]);
  return refusal;
}

/* A request for `count` sectors, at most 8, in one segment. */
static inline enum blkif_refusal
parse_one (struct guest *guest, uint8_t operation, uint64_t sector,
           unsigned count)
{
  begin (guest, operation, 1, sector);
  segment (guest, 0, 77, 0, count - 1);
  return parse (guest);
}

static inline enum blkif_refusal
parse_discard (struct guest *guest, uint64_t sector, uint64_t nr_sectors)
{
  begin (guest, BLKIF_OP_DISCARD, 0, sector);
  memcpy (guest->raw + guest->layout->data, &nr_sectors, sizeof nr_sectors);
  return parse (guest);
}

/* Run test `f` with a fresh guest of each layout. */
#define EACH(f) \
  { #f ", x86_32", f, guest_setup, guest_teardown, &layouts[0] }, \
  { #f ", x86_64", f, guest_setup, guest_teardown, &layouts[1] }, \
  { #f ", arm",    f, guest_setup, guest_teardown, &layouts[2] }

#endif

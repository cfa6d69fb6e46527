/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The request parser, over all ABIs and bounds.
 *
 * Input: a byte for the ABI, one for the bounds, six for the disk's size in
 * sectors, then the request, and what an indirect one has for segments.
 */

#include <config.h>

#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "xenbus/blkif.h"
#include "xenbus/xen-public.h"

#define ARRAY(a) (sizeof (a) / sizeof (a)[0])

/* Says again, in other words and with wider numbers than blkif.c, what a
 * good request is.
 */
static bool
is_inside (const struct blkif_bounds *bounds, uint64_t sector,
           uint64_t sectors)
{
  unsigned __int128 end = (unsigned __int128) sector + sectors;
  unsigned unit = bounds->sector_size / 512;

  return end <= bounds->sectors && sector % unit == 0 && sectors % unit == 0;
}

static bool
are_good (const struct blkif_bounds *bounds, const uint8_t *segments,
          unsigned n, uint64_t sector)
{
  const unsigned unit = bounds->sector_size / 512;
  uint64_t sectors = 0;
  unsigned i;

  for (i = 0; i < n; i++) {
    const uint8_t *segment = segments + 8 * i;
    unsigned first = segment[4], last = segment[5];

    if (last > 7 || first > last || first % unit || (last + 1) % unit)
      return false;
    sectors += last - first + 1;
  }
  return is_inside (bounds, sector, sectors);
}

static bool
is_good_data (const struct blkif_abi *abi, const uint8_t *raw,
              const struct blkif_bounds *bounds)
{
  uint64_t sector;

  memcpy (&sector, raw + abi->sector, 8);
  return raw[1] >= 1 && raw[1] <= 11 &&
         are_good (bounds, raw + abi->segments, raw[1], sector);
}

static bool
is_good_indirect (const struct blkif_abi *abi, const uint8_t *raw,
                  const uint8_t *table, const struct blkif_bounds *bounds)
{
  const unsigned n = raw[2] | raw[3] << 8;
  uint64_t sector;

  memcpy (&sector, raw + abi->sector, 8);
  return n >= 1 && n <= bounds->indirect && table &&
         (raw[1] == BLKIF_OP_READ ||
          (raw[1] == BLKIF_OP_WRITE && !bounds->read_only)) &&
         are_good (bounds, table, n, sector);
}

static bool
is_good (const struct blkif_abi *abi, const uint8_t *raw,
         const uint8_t *table, const struct blkif_bounds *bounds)
{
  uint64_t sector, sectors;

  switch (raw[0]) {
  case BLKIF_OP_READ:
    return is_good_data (abi, raw, bounds);
  case BLKIF_OP_WRITE:
    return !bounds->read_only && is_good_data (abi, raw, bounds);
  case BLKIF_OP_WRITE_BARRIER:
  case BLKIF_OP_FLUSH_DISKCACHE:
    return bounds->flush &&
           (raw[1] == 0 ||
            (!bounds->read_only && is_good_data (abi, raw, bounds)));
  case BLKIF_OP_DISCARD:
    memcpy (&sector, raw + abi->sector, 8);
    memcpy (&sectors, raw + abi->discard_sectors, 8);
    return bounds->discard && !bounds->read_only &&
           is_inside (bounds, sector, sectors);
  case BLKIF_OP_INDIRECT:
    return is_good_indirect (abi, raw, table, bounds);
  }
  return false;
}

static void
check_accepted (const struct blkif_bounds *bounds, const struct blkif_io *io)
{
  const uint64_t size = bounds->sectors * 512;
  uint64_t length = 0;
  unsigned i;

  CHECK (io->offset <= size && io->length <= size - io->offset);
  CHECK (io->offset % bounds->sector_size == 0);
  CHECK (io->length % bounds->sector_size == 0);
  CHECK (io->nsegments <= BLKIF_SEGMENTS_MAX ||
         io->nsegments <= bounds->indirect);
  for (i = 0; i < io->nsegments; i++) {
    const struct blkif_segment *segment = &io->segments[i];

    CHECK (segment->length > 0 && segment->length % bounds->sector_size == 0);
    CHECK (segment->offset % bounds->sector_size == 0);
    CHECK (segment->offset + segment->length <= XEN_PAGE_SIZE);
    length += segment->length;
  }
  if (io->kind != BLKIF_DISCARD)
    CHECK (length == io->length && length <= BLKIF_DATA_MAX);
  else
    CHECK (io->nsegments == 0 && bounds->discard);
  if (io->kind == BLKIF_READ || io->kind == BLKIF_WRITE)
    CHECK (io->nsegments > 0);
  if (io->kind == BLKIF_FLUSH || io->kind == BLKIF_BARRIER)
    CHECK (bounds->flush);
  if (bounds->read_only)
    CHECK (io->kind == BLKIF_READ || io->length == 0);
  if (bounds->read_only)
    CHECK (io->kind != BLKIF_WRITE && io->kind != BLKIF_DISCARD);
}

static void
check_response (const struct blkif_abi *abi, const struct blkif_io *io,
                enum blkif_refusal refusal)
{
  const int16_t status = blkif_refusal_status (refusal);
  uint8_t *raw = malloc (abi->response_size);
  uint64_t id;
  int16_t answer;
  unsigned i;

  CHECK (raw != NULL);
  memset (raw, 0xa5, abi->response_size);
  blkif_format_response (abi, raw, io->id, io->operation, status);
  memcpy (&id, raw, 8);
  memcpy (&answer, raw + 10, 2);
  CHECK (id == io->id && raw[8] == io->operation && answer == status);
  CHECK (raw[9] == 0);
  for (i = 12; i < abi->response_size; i++)
    CHECK (raw[i] == 0);
  CHECK (blkif_refusal_name (refusal)[0] != '\0');
  free (raw);
}

/* The bytes are on the heap, at their size, for the sanitizer to watch; what
 * the input has not is 0.
 */
static uint8_t *
take (struct input *input, size_t size)
{
  uint8_t *bytes = calloc (1, size);
  size_t left = input->end - input->at;

  CHECK (bytes != NULL);
  if (left > size)
    left = size;
  if (left > 0)
    memcpy (bytes, input->at, left);
  input->at += left;
  return bytes;
}

/* NULL also for a page that cannot be had, which one of them is. */
static uint8_t *
take_table (const struct blkif_abi *abi, const uint8_t *raw,
            const struct blkif_bounds *bounds, struct input *input)
{
  struct blkif_segment where = { 0 };
  uint32_t ref;

  if (!blkif_table (abi, raw, bounds, &where))
    return NULL;
  memcpy (&ref, raw + abi->indirect, 4);
  CHECK (raw[0] == BLKIF_OP_INDIRECT && where.gref == ref);
  CHECK (where.offset == 0 && where.length == 8 * (raw[2] | raw[3] << 8));
  CHECK (where.length > 0 && where.length <= BLKIF_TABLE_MAX);
  return ref == 0xffffffff ? NULL : take (input, where.length);
}

static void
parse (const struct blkif_abi *abi, const struct blkif_bounds *bounds,
       struct input *input)
{
  struct blkif_segment *segments = calloc (BLKIF_INDIRECT_MAX,
                                           sizeof *segments);
  uint8_t *raw = take (input, abi->request_size);
  uint8_t *table = take_table (abi, raw, bounds, input);
  const bool inside = raw[0] == BLKIF_OP_INDIRECT && bounds->indirect > 0;
  enum blkif_refusal refusal;
  struct blkif_io io;
  uint64_t id;

  CHECK (segments != NULL);
  memset (&io, 0xa5, sizeof io);
  io.segments = segments;
  refusal = blkif_parse (abi, raw, table, bounds, &io);
  CHECK (refusal < BLKIF_REFUSALS);
  memcpy (&id, raw + abi->id, 8);
  CHECK (io.id == id && io.operation == raw[inside]);
  CHECK ((refusal == BLKIF_ACCEPTED) == is_good (abi, raw, table, bounds));
  if (refusal == BLKIF_ACCEPTED)
    check_accepted (bounds, &io);
  else
    check_response (abi, &io, refusal);
  free (table);
  free (raw);
  free (segments);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const names[] = {
    NULL, XEN_IO_PROTO_ABI_X86_32, XEN_IO_PROTO_ABI_X86_64,
    XEN_IO_PROTO_ABI_ARM
  };
  static const unsigned indirect[] = { 0, 12, 255, BLKIF_INDIRECT_MAX };
  struct input input = { data, data + size };
  const struct blkif_abi *abi = blkif_abi_find (names[input_8 (&input) %
                                                      ARRAY (names)]);
  unsigned flags = input_8 (&input);
  struct blkif_bounds bounds = {
    .sector_size = 512u << (flags >> 4 & 3),
    .read_only = flags & 1, .flush = flags & 2, .discard = flags & 4,
    .indirect = indirect[flags >> 6],
  };

  bounds.sectors = input_32 (&input);
  bounds.sectors |= (uint64_t) input_16 (&input) << 32;
  if (flags & 8)
    bounds.sectors <<= 7; /* up to the 2^55 of a disk of 2^64 bytes */
  CHECK (abi != NULL && abi->request_size <= BLKIF_REQUEST_SIZE_MAX);
  parse (abi, &bounds, &input);
  return 0;
}

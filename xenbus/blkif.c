/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>

#include "blkif.h"
#include "xen-public.h"

/* Fields at the same place in every layout. */
#define AT_OPERATION      0
#define AT_NR_SEGMENTS    1
#define AT_INNER          1 /* the operation of an indirect request */
#define AT_NR_INDIRECT    2 /* its number of segments, 16 bits */
#define AT_RSP_ID         0
#define AT_RSP_OPERATION  8
#define AT_RSP_STATUS    10

#define SEGMENT_SIZE      8 /* gref, first_sect, last_sect, two of padding */
#define SECTORS_PER_PAGE (XEN_PAGE_SIZE / BLKIF_SECTOR)

_Static_assert (BLKIF_SEGMENTS_MAX == BLKIF_MAX_SEGMENTS_PER_REQUEST,
                "what the protocol allows");
_Static_assert (sizeof (struct blkif_request_segment) == SEGMENT_SIZE,
                "the protocol's segment");

_Static_assert (BLKIF_TABLE_MAX == BLKIF_INDIRECT_MAX * SEGMENT_SIZE &&
                BLKIF_TABLE_MAX <= XEN_PAGE_SIZE, "one page is enough for all");

static const struct blkif_abi x86_32 = {
  .name = XEN_IO_PROTO_ABI_X86_32,
  .request_size = 108, .response_size = 12,
  .id = 4, .sector = 12, .segments = 20, .discard_sectors = 20,
  .indirect = 24,
};

static const struct blkif_abi x86_64 = {
  .name = XEN_IO_PROTO_ABI_X86_64,
  .request_size = 112, .response_size = 16,
  .id = 8, .sector = 16, .segments = 24, .discard_sectors = 24,
  .indirect = 28,
};

/* ARM has one layout for 32 and 64 bits: 64-bit fields are aligned. */
static const struct blkif_abi arm = {
  .name = XEN_IO_PROTO_ABI_ARM,
  .request_size = 112, .response_size = 16,
  .id = 8, .sector = 16, .segments = 24, .discard_sectors = 24,
  .indirect = 28,
};

const struct blkif_abi *
blkif_abi_find (const char *name)
{
  static const struct blkif_abi *const abis[] = { &x86_32, &x86_64, &arm };
  size_t i;

  if (name == NULL) {
#if defined (__i386__) || defined (__x86_64__)
    return &x86_32;
#else
    return &arm;
#endif
  }
  for (i = 0; i < sizeof abis / sizeof abis[0]; i++)
    if (strcmp (abis[i]->name, name) == 0)
      return abis[i];
  return NULL;
}

static uint64_t
load64 (const uint8_t *raw, uint32_t at)
{
  uint64_t value;

  memcpy (&value, raw + at, sizeof value);
  return value;
}

/* Are `length` bytes from `offset` on the disk?  Never overflows: the first
 * operand of each comparison is known to be in range by the one before it.
 */
static enum blkif_refusal
check_range (const struct blkif_bounds *bounds, uint64_t sector,
             uint64_t nr_sectors)
{
  const uint64_t unit = bounds->sector_size / BLKIF_SECTOR;

  if (sector > bounds->sectors || nr_sectors > bounds->sectors - sector)
    return BLKIF_BAD_RANGE;
  if (sector % unit != 0 || nr_sectors % unit != 0)
    return BLKIF_BAD_ALIGNMENT;
  return BLKIF_ACCEPTED;
}

static enum blkif_refusal
parse_segment (const struct blkif_bounds *bounds, const uint8_t *raw,
               struct blkif_segment *segment)
{
  struct blkif_request_segment seg;
  const unsigned unit = bounds->sector_size / BLKIF_SECTOR;

  memcpy (&seg, raw, sizeof seg);
  if (seg.last_sect >= SECTORS_PER_PAGE || seg.first_sect > seg.last_sect)
    return BLKIF_BAD_SEGMENTS;
  if (seg.first_sect % unit != 0 || (seg.last_sect + 1) % unit != 0)
    return BLKIF_BAD_ALIGNMENT;
  segment->gref = seg.gref;
  segment->offset = seg.first_sect * BLKIF_SECTOR;
  segment->length = (seg.last_sect - seg.first_sect + 1) * BLKIF_SECTOR;
  return BLKIF_ACCEPTED;
}

/* The `nsegments` segments at `table`, a number that was checked, and then
 * the range they cover from `sector` on.
 */
static enum blkif_refusal
parse_segments (const struct blkif_bounds *bounds, uint64_t sector,
                const uint8_t *table, unsigned nsegments, struct blkif_io *io)
{
  enum blkif_refusal refusal;
  unsigned i;

  io->length = 0;
  for (i = 0; i < nsegments; i++) {
    refusal = parse_segment (bounds, table + i * SEGMENT_SIZE,
                             &io->segments[i]);
    if (refusal)
      return refusal;
    io->length += io->segments[i].length;
  }
  refusal = check_range (bounds, sector, io->length / BLKIF_SECTOR);
  if (refusal)
    return refusal;
  io->offset = sector * BLKIF_SECTOR;
  io->nsegments = nsegments;
  return BLKIF_ACCEPTED;
}

static enum blkif_refusal
parse_data (const struct blkif_abi *abi, const uint8_t *raw,
            const struct blkif_bounds *bounds, struct blkif_io *io)
{
  const unsigned nsegments = raw[AT_NR_SEGMENTS];

  io->claimed = nsegments;
  if (nsegments == 0 || nsegments > BLKIF_SEGMENTS_MAX)
    return BLKIF_BAD_SEGMENTS;
  return parse_segments (bounds, load64 (raw, abi->sector),
                         raw + abi->segments, nsegments, io);
}

static enum blkif_refusal
parse_write (const struct blkif_abi *abi, const uint8_t *raw,
             const struct blkif_bounds *bounds, struct blkif_io *io)
{
  if (bounds->read_only)
    return BLKIF_BAD_WRITE;
  return parse_data (abi, raw, bounds, io);
}

/* Without data the sector means nothing: mini-os sends 0, others -1. */
static enum blkif_refusal
parse_flush (const struct blkif_abi *abi, const uint8_t *raw,
             const struct blkif_bounds *bounds, struct blkif_io *io)
{
  if (!bounds->flush)
    return BLKIF_BAD_OPERATION;
  if (raw[AT_NR_SEGMENTS] > 0)
    return parse_write (abi, raw, bounds, io);
  io->offset = io->length = 0;
  io->nsegments = 0;
  return BLKIF_ACCEPTED;
}

/* The flag asks for a secure discard, which is never offered. */
static enum blkif_refusal
parse_discard (const struct blkif_abi *abi, const uint8_t *raw,
               const struct blkif_bounds *bounds, struct blkif_io *io)
{
  const uint64_t sector = load64 (raw, abi->sector);
  const uint64_t nr_sectors = load64 (raw, abi->discard_sectors);
  enum blkif_refusal refusal;

  if (bounds->read_only)
    return BLKIF_BAD_WRITE;
  if (!bounds->discard)
    return BLKIF_BAD_OPERATION;
  refusal = check_range (bounds, sector, nr_sectors);
  if (refusal)
    return refusal;
  io->offset = sector * BLKIF_SECTOR;
  io->length = nr_sectors * BLKIF_SECTOR;
  io->nsegments = 0;
  return BLKIF_ACCEPTED;
}

static unsigned
indirect_segments (const uint8_t *raw)
{
  uint16_t nsegments;

  memcpy (&nsegments, raw + AT_NR_INDIRECT, sizeof nsegments);
  return nsegments;
}

static bool
is_indirect (unsigned nsegments, const struct blkif_bounds *bounds)
{
  return nsegments > 0 && nsegments <= bounds->indirect &&
         nsegments <= BLKIF_INDIRECT_MAX;
}

/* The answer names the operation inside. */
static enum blkif_refusal
parse_indirect (const struct blkif_abi *abi, const uint8_t *raw,
                const uint8_t *table, const struct blkif_bounds *bounds,
                struct blkif_io *io)
{
  const unsigned nsegments = indirect_segments (raw);

  io->claimed = nsegments;
  if (bounds->indirect == 0)
    return BLKIF_BAD_OPERATION;
  io->operation = raw[AT_INNER];
  if (io->operation != BLKIF_OP_READ && io->operation != BLKIF_OP_WRITE)
    return BLKIF_BAD_INDIRECT;
  io->kind = io->operation == BLKIF_OP_READ ? BLKIF_READ : BLKIF_WRITE;
  if (io->kind == BLKIF_WRITE && bounds->read_only)
    return BLKIF_BAD_WRITE;
  if (!is_indirect (nsegments, bounds))
    return BLKIF_BAD_SEGMENTS;
  if (table == NULL)
    return BLKIF_BAD_TABLE;
  return parse_segments (bounds, load64 (raw, abi->sector), table, nsegments,
                         io);
}

bool
blkif_table (const struct blkif_abi *abi, const void *bytes,
             const struct blkif_bounds *bounds, struct blkif_segment *where)
{
  const uint8_t *raw = bytes;
  const unsigned nsegments = indirect_segments (raw);

  if (raw[AT_OPERATION] != BLKIF_OP_INDIRECT ||
      !is_indirect (nsegments, bounds))
    return false;
  memcpy (&where->gref, raw + abi->indirect, sizeof where->gref);
  where->offset = 0;
  where->length = nsegments * SEGMENT_SIZE;
  return true;
}

enum blkif_refusal
blkif_parse (const struct blkif_abi *abi, const void *bytes,
             const void *table, const struct blkif_bounds *bounds,
             struct blkif_io *io)
{
  const uint8_t *raw = bytes;

  io->operation = raw[AT_OPERATION];
  io->id = load64 (raw, abi->id);
  io->indirect = io->operation == BLKIF_OP_INDIRECT;
  io->claimed = 0;

  switch (io->operation) {
  case BLKIF_OP_READ:
    io->kind = BLKIF_READ;
    return parse_data (abi, raw, bounds, io);
  case BLKIF_OP_WRITE:
    io->kind = BLKIF_WRITE;
    return parse_write (abi, raw, bounds, io);
  case BLKIF_OP_FLUSH_DISKCACHE:
    io->kind = BLKIF_FLUSH;
    return parse_flush (abi, raw, bounds, io);
  case BLKIF_OP_WRITE_BARRIER:
    io->kind = BLKIF_BARRIER;
    return parse_flush (abi, raw, bounds, io);
  case BLKIF_OP_DISCARD:
    io->kind = BLKIF_DISCARD;
    return parse_discard (abi, raw, bounds, io);
  case BLKIF_OP_INDIRECT:
    return parse_indirect (abi, raw, table, bounds, io);
  default:
    return BLKIF_BAD_OPERATION;
  }
}

int16_t
blkif_refusal_status (enum blkif_refusal refusal)
{
  return refusal == BLKIF_BAD_OPERATION ? BLKIF_RSP_EOPNOTSUPP
                                        : BLKIF_RSP_ERROR;
}

const char *
blkif_refusal_name (enum blkif_refusal refusal)
{
  switch (refusal) {
  case BLKIF_ACCEPTED:      return "accepted";
  case BLKIF_BAD_OPERATION: return "operation not offered";
  case BLKIF_BAD_SEGMENTS:  return "malformed segments";
  case BLKIF_BAD_RANGE:     return "beyond the end of the disk";
  case BLKIF_BAD_ALIGNMENT: return "not aligned to sector-size";
  case BLKIF_BAD_WRITE:     return "write to a read-only disk";
  case BLKIF_BAD_INDIRECT:  return "indirect, but no read or write";
  case BLKIF_BAD_TABLE:     return "its indirect segments cannot be read";
  case BLKIF_REFUSALS:      break;
  }
  return "unknown";
}

void
blkif_describe_refusal (enum blkif_refusal refusal,
                        const struct blkif_bounds *bounds,
                        const struct blkif_io *io, struct failure *failure)
{
  const unsigned most = io->indirect ? bounds->indirect : BLKIF_SEGMENTS_MAX;

  if (refusal == BLKIF_BAD_SEGMENTS &&
      (io->claimed == 0 || io->claimed > most))
    failure_set (failure, "it has %u segments; it must have 1 to %u",
                 io->claimed, most);
  else
    failure_set (failure, "%s", blkif_refusal_name (refusal));
}

void
blkif_format_response (const struct blkif_abi *abi, void *bytes,
                       uint64_t id, uint8_t operation, int16_t status)
{
  uint8_t *raw = bytes;

  memset (raw, 0, abi->response_size);
  memcpy (raw + AT_RSP_ID, &id, sizeof id);
  raw[AT_RSP_OPERATION] = operation;
  memcpy (raw + AT_RSP_STATUS, &status, sizeof status);
}

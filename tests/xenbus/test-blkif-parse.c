/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Every check that a request has to pass.  Each test runs for every layout.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guest-request.h"

#define LENGTH(array) (sizeof array / sizeof array[0])

/* Data. */

static void
test_read_is_understood (void **state)
{
  struct guest *guest = *state;

  begin (guest, BLKIF_OP_READ, 3, 100);
  segment (guest, 0, 11, 5, 7);
  segment (guest, 1, 12, 0, 7);
  segment (guest, 2, UINT32_MAX, 0, 0);
  assert_int_equal (parse (guest), BLKIF_ACCEPTED);
  assert_int_equal (guest->io.kind, BLKIF_READ);
  assert_int_equal (guest->io.offset, 100 * 512);
  assert_int_equal (guest->io.length, 12 * 512);
  assert_int_equal (guest->io.nsegments, 3);
  assert_int_equal (guest->io.segments[0].gref, 11);
  assert_int_equal (guest->io.segments[0].offset, 5 * 512);
  assert_int_equal (guest->io.segments[0].length, 3 * 512);
  assert_int_equal (guest->io.segments[1].length, 4096);
  assert_int_equal (guest->io.segments[2].gref, UINT32_MAX);
  assert_int_equal (guest->io.segments[2].offset, 0);
  assert_int_equal (guest->io.segments[2].length, 512);
}

static void
test_operations_have_their_kinds (void **state)
{
  struct guest *guest = *state;

  assert_int_equal (parse_one (guest, BLKIF_OP_WRITE, 0, 8), BLKIF_ACCEPTED);
  assert_int_equal (guest->io.kind, BLKIF_WRITE);
  assert_int_equal (parse_one (guest, BLKIF_OP_WRITE_BARRIER, 0, 8),
                    BLKIF_ACCEPTED);
  assert_int_equal (guest->io.kind, BLKIF_BARRIER);
  assert_int_equal (parse_one (guest, BLKIF_OP_FLUSH_DISKCACHE, 8, 8),
                    BLKIF_ACCEPTED);
  assert_int_equal (guest->io.kind, BLKIF_FLUSH);
  assert_int_equal (guest->io.offset, 8 * 512);
  assert_int_equal (guest->io.length, 4096);
  assert_int_equal (guest->io.nsegments, 1);
  assert_int_equal (parse_discard (guest, 8, 8), BLKIF_ACCEPTED);
  assert_int_equal (guest->io.kind, BLKIF_DISCARD);
}

static void
test_one_to_eleven_segments (void **state)
{
  struct guest *guest = *state;

  for (unsigned n = 0; n <= UINT8_MAX; n++) {
    begin (guest, BLKIF_OP_READ, n, 0);
    for (unsigned i = 0; i < BLKIF_SEGMENTS_MAX; i++)
      segment (guest, i, i, 0, 7);
    assert_int_equal (parse (guest), n >= 1 && n <= 11 ? BLKIF_ACCEPTED
                                                       : BLKIF_BAD_SEGMENTS);
    if (n >= 1 && n <= 11)
      assert_int_equal (guest->io.length, n * 4096);
  }
}

/* Of every pair that fits into two bytes, in the first and the last. */
static void
test_segments_stay_in_their_page (void **state)
{
  struct guest *guest = *state;

  for (unsigned where = 0; where < BLKIF_SEGMENTS_MAX; where += 10)
    for (unsigned first = 0; first <= UINT8_MAX; first++)
      for (unsigned last = 0; last <= UINT8_MAX; last++) {
        begin (guest, BLKIF_OP_WRITE, BLKIF_SEGMENTS_MAX, 0);
        for (unsigned i = 0; i < BLKIF_SEGMENTS_MAX; i++)
          segment (guest, i, i, 0, 0);
        segment (guest, where, 1, first, last);
        assert_int_equal (parse (guest), first <= last && last <= 7
                          ? BLKIF_ACCEPTED : BLKIF_BAD_SEGMENTS);
      }
}

/* The end of the disk. */

static void
test_request_may_end_where_the_disk_ends (void **state)
{
  struct guest *guest = *state;
  static const uint8_t ops[] = { BLKIF_OP_READ, BLKIF_OP_WRITE,
    BLKIF_OP_WRITE_BARRIER, BLKIF_OP_FLUSH_DISKCACHE };

  for (size_t i = 0; i < LENGTH (ops); i++) {
    assert_int_equal (parse_one (guest, ops[i], SECTORS - 8, 8),
                      BLKIF_ACCEPTED);
    assert_int_equal (parse_one (guest, ops[i], SECTORS - 1, 1),
                      BLKIF_ACCEPTED);
  }
  assert_int_equal (parse_discard (guest, SECTORS - 8, 8), BLKIF_ACCEPTED);
  assert_int_equal (parse_discard (guest, 0, SECTORS), BLKIF_ACCEPTED);
}

static void
test_request_may_not_end_beyond (void **state)
{
  struct guest *guest = *state;
  static const uint8_t ops[] = { BLKIF_OP_READ, BLKIF_OP_WRITE,
    BLKIF_OP_WRITE_BARRIER, BLKIF_OP_FLUSH_DISKCACHE };
  static const uint64_t sectors[] = {
    SECTORS - 7, SECTORS, SECTORS + 1, UINT32_MAX, UINT64_C (1) << 55,
    (UINT64_C (1) << 55) - 8, INT64_MAX, UINT64_MAX - 8, UINT64_MAX - 7,
    UINT64_MAX,
  };

  for (size_t s = 0; s < LENGTH (sectors); s++) {
    for (size_t i = 0; i < LENGTH (ops); i++)
      assert_int_equal (parse_one (guest, ops[i], sectors[s], 8),
                        BLKIF_BAD_RANGE);
    assert_int_equal (parse_discard (guest, sectors[s], 8), BLKIF_BAD_RANGE);
  }
}

static void
test_largest_disk_does_not_overflow (void **state)
{
  struct guest *guest = *state;
  const uint64_t sectors = INT64_MAX / 512;

  guest->bounds.sectors = sectors;
  assert_int_equal (parse_one (guest, BLKIF_OP_WRITE, sectors - 8, 8),
                    BLKIF_ACCEPTED);
  assert_int_equal (guest->io.offset, (sectors - 8) * 512);
  assert_int_equal (parse_one (guest, BLKIF_OP_WRITE, sectors - 7, 8),
                    BLKIF_BAD_RANGE);
  assert_int_equal (parse_discard (guest, 0, sectors), BLKIF_ACCEPTED);
  assert_int_equal (guest->io.length, sectors * 512);
  assert_int_equal (parse_discard (guest, 1, sectors), BLKIF_BAD_RANGE);
}

static void
test_empty_disk_takes_nothing (void **state)
{
  struct guest *guest = *state;

  guest->bounds.sectors = 0;
  assert_int_equal (parse_one (guest, BLKIF_OP_READ, 0, 1), BLKIF_BAD_RANGE);
  assert_int_equal (parse_discard (guest, 0, 1), BLKIF_BAD_RANGE);
}

/* Discard. */

static void
test_discard_has_a_length_and_no_segments (void **state)
{
  struct guest *guest = *state;

  assert_int_equal (parse_discard (guest, 16, 100), BLKIF_ACCEPTED);
  assert_int_equal (guest->io.offset, 16 * 512);
  assert_int_equal (guest->io.length, 100 * 512);
  assert_int_equal (guest->io.nsegments, 0);
}

static void
test_discard_may_be_of_nothing (void **state)
{
  struct guest *guest = *state;

  assert_int_equal (parse_discard (guest, 16, 0), BLKIF_ACCEPTED);
  assert_int_equal (guest->io.length, 0);
  assert_int_equal (parse_discard (guest, SECTORS, 0), BLKIF_ACCEPTED);
  assert_int_equal (parse_discard (guest, SECTORS + 1, 0), BLKIF_BAD_RANGE);
}

/* Linux asks for up to 2^32 - 1 sectors at once. */
static void
test_discard_may_be_long (void **state)
{
  struct guest *guest = *state;

  guest->bounds.sectors = UINT32_MAX;
  assert_int_equal (parse_discard (guest, 0, UINT32_MAX), BLKIF_ACCEPTED);
  assert_int_equal (guest->io.length, UINT32_MAX * UINT64_C (512));
  assert_int_equal (parse_discard (guest, 1, UINT32_MAX), BLKIF_BAD_RANGE);
}

static void
test_discard_does_not_overflow (void **state)
{
  struct guest *guest = *state;
  static const uint64_t lengths[] = {
    SECTORS + 1, UINT64_C (1) << 55, INT64_MAX, UINT64_MAX - 15,
    UINT64_MAX - 1, UINT64_MAX,
  };

  for (size_t i = 0; i < LENGTH (lengths); i++) {
    assert_int_equal (parse_discard (guest, 0, lengths[i]), BLKIF_BAD_RANGE);
    assert_int_equal (parse_discard (guest, 16, lengths[i]), BLKIF_BAD_RANGE);
    assert_int_equal (parse_discard (guest, SECTORS, lengths[i]),
                      BLKIF_BAD_RANGE);
  }
}

/* The byte that holds the number of segments elsewhere. */
static void
test_discard_flag_is_ignored (void **state)
{
  struct guest *guest = *state;
  const uint64_t nr_sectors = 8;

  for (unsigned flag = 0; flag <= UINT8_MAX; flag++) {
    begin (guest, BLKIF_OP_DISCARD, flag, 0);
    memcpy (guest->raw + guest->layout->data, &nr_sectors, sizeof nr_sectors);
    assert_int_equal (parse (guest), BLKIF_ACCEPTED);
    assert_int_equal (guest->io.nsegments, 0);
  }
}

/* What the disk does not take. */

static void
test_read_only_disk_is_not_written_to (void **state)
{
  struct guest *guest = *state;

  guest->bounds.read_only = true;
  assert_int_equal (parse_one (guest, BLKIF_OP_READ, 0, 8), BLKIF_ACCEPTED);
  assert_int_equal (parse_one (guest, BLKIF_OP_WRITE, 0, 8), BLKIF_BAD_WRITE);
  assert_int_equal (parse_one (guest, BLKIF_OP_WRITE_BARRIER, 0, 8),
                    BLKIF_BAD_WRITE);
  assert_int_equal (parse_one (guest, BLKIF_OP_FLUSH_DISKCACHE, 0, 8),
                    BLKIF_BAD_WRITE);
  assert_int_equal (parse_discard (guest, 0, 8), BLKIF_BAD_WRITE);
  assert_int_equal (parse_discard (guest, 0, 0), BLKIF_BAD_WRITE);
}

static void
test_flush_without_data_has_no_sector (void **state)
{
  struct guest *guest = *state;
  static const uint8_t ops[] = { BLKIF_OP_WRITE_BARRIER,
                                 BLKIF_OP_FLUSH_DISKCACHE };
  static const uint64_t sectors[] = { 0, 3, SECTORS, SECTORS + 1,
    UINT64_C (1) << 55, UINT64_MAX - 1, UINT64_MAX };

  for (unsigned read_only = 0; read_only < 2; read_only++)
    for (size_t o = 0; o < LENGTH (ops); o++)
      for (size_t s = 0; s < LENGTH (sectors); s++) {
        guest->bounds.read_only = read_only;
        guest->bounds.sector_size = 4096;
        begin (guest, ops[o], 0, sectors[s]);
        assert_int_equal (parse (guest), BLKIF_ACCEPTED);
        assert_int_equal (guest->io.offset, 0);
        assert_int_equal (guest->io.length, 0);
        assert_int_equal (guest->io.nsegments, 0);
      }
}

static void
test_what_is_not_offered_is_unsupported (void **state)
{
  struct guest *guest = *state;

  guest->bounds.flush = guest->bounds.discard = false;
  begin (guest, BLKIF_OP_FLUSH_DISKCACHE, 0, 0);
  assert_int_equal (blkif_refusal_status (parse (guest)),
                    BLKIF_RSP_EOPNOTSUPP);
  begin (guest, BLKIF_OP_WRITE_BARRIER, 0, 0);
  assert_int_equal (blkif_refusal_status (parse (guest)),
                    BLKIF_RSP_EOPNOTSUPP);
  assert_int_equal (blkif_refusal_status (
                      parse_one (guest, BLKIF_OP_WRITE_BARRIER, 0, 8)),
                    BLKIF_RSP_EOPNOTSUPP);
  assert_int_equal (blkif_refusal_status (
                      parse_one (guest, BLKIF_OP_FLUSH_DISKCACHE, 0, 8)),
                    BLKIF_RSP_EOPNOTSUPP);
  assert_int_equal (blkif_refusal_status (parse_discard (guest, 0, 8)),
                    BLKIF_RSP_EOPNOTSUPP);
  assert_int_equal (parse_one (guest, BLKIF_OP_WRITE, 0, 8), BLKIF_ACCEPTED);
}

/* 4 is a packet for the device, 6 an indirect request. */
static void
test_unknown_operations_are_unsupported (void **state)
{
  struct guest *guest = *state;

  for (unsigned op = 0; op <= UINT8_MAX; op++)
    if (op == 4 || op > BLKIF_OP_DISCARD)
      assert_int_equal (blkif_refusal_status (parse_one (guest, op, 0, 8)),
                        BLKIF_RSP_EOPNOTSUPP);
}

/* sector-size. */

static void
test_data_is_aligned_to_the_sector_size (void **state)
{
  struct guest *guest = *state;

  guest->bounds.sector_size = 4096;
  assert_int_equal (parse_one (guest, BLKIF_OP_WRITE, 8, 8), BLKIF_ACCEPTED);
  for (unsigned sector = 1; sector < 8; sector++)
    assert_int_equal (parse_one (guest, BLKIF_OP_WRITE, sector, 8),
                      BLKIF_BAD_ALIGNMENT);
  for (unsigned count = 1; count < 8; count++)
    assert_int_equal (parse_one (guest, BLKIF_OP_WRITE, 8, count),
                      BLKIF_BAD_ALIGNMENT);
}

/* 3 and 5 sectors make 8, but each lies across a sector of the disk. */
static void
test_each_segment_is_aligned_to_the_sector_size (void **state)
{
  struct guest *guest = *state;

  guest->bounds.sector_size = 4096;
  begin (guest, BLKIF_OP_READ, 2, 0);
  segment (guest, 0, 1, 5, 7);
  segment (guest, 1, 2, 0, 4);
  assert_int_equal (parse (guest), BLKIF_BAD_ALIGNMENT);
  segment (guest, 0, 1, 0, 2);
  assert_int_equal (parse (guest), BLKIF_BAD_ALIGNMENT);
}

static void
test_discard_is_aligned_to_the_sector_size (void **state)
{
  struct guest *guest = *state;

  guest->bounds.sector_size = 4096;
  assert_int_equal (parse_discard (guest, 8, 16), BLKIF_ACCEPTED);
  assert_int_equal (parse_discard (guest, 4, 16), BLKIF_BAD_ALIGNMENT);
  assert_int_equal (parse_discard (guest, 8, 17), BLKIF_BAD_ALIGNMENT);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    EACH (test_read_is_understood),
    EACH (test_operations_have_their_kinds),
    EACH (test_one_to_eleven_segments),
    EACH (test_segments_stay_in_their_page),
    EACH (test_request_may_end_where_the_disk_ends),
    EACH (test_request_may_not_end_beyond),
    EACH (test_largest_disk_does_not_overflow),
    EACH (test_empty_disk_takes_nothing),
    EACH (test_discard_has_a_length_and_no_segments),
    EACH (test_discard_may_be_of_nothing),
    EACH (test_discard_may_be_long),
    EACH (test_discard_does_not_overflow),
    EACH (test_discard_flag_is_ignored),
    EACH (test_read_only_disk_is_not_written_to),
    EACH (test_flush_without_data_has_no_sector),
    EACH (test_what_is_not_offered_is_unsupported),
    EACH (test_unknown_operations_are_unsupported),
    EACH (test_data_is_aligned_to_the_sector_size),
    EACH (test_each_segment_is_aligned_to_the_sector_size),
    EACH (test_discard_is_aligned_to_the_sector_size),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Indirect requests.  Each test runs for every layout.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guest-request.h"

/* One of `n` segments, each of a page, at `sector`. */
static void
begin_indirect (struct guest *guest, uint8_t inner, uint16_t n,
                uint64_t sector)
{
  const uint32_t ref = 4711;

  begin (guest, BLKIF_OP_INDIRECT, inner, sector);
  memcpy (guest->raw + 2, &n, sizeof n);
  memcpy (guest->raw + guest->layout->data + 4, &ref, sizeof ref);
  guest->bounds.indirect = BLKIF_INDIRECT_MAX;
  guest->bounds.sectors = 8 * (BLKIF_INDIRECT_MAX + 1);
  free (guest->table);
  guest->table = calloc (n ? n : 1, 8);
  for (uint32_t i = 0; i < n; i++) {
    memcpy (guest->table + 8 * i, &i, sizeof i);
    guest->table[8 * i + 5] = 7;
    guest->table[8 * i + 6] = guest->table[8 * i + 7] = 0xa5;
  }
}

static void
test_reads_and_writes_are_understood (void **state)
{
  struct guest *guest = *state;

  for (uint8_t inner = BLKIF_OP_READ; inner <= BLKIF_OP_WRITE; inner++) {
    begin_indirect (guest, inner, 3, 8);
    guest->table[4] = 7;
    guest->table[8 * 2 + 5] = 0;
    assert_int_equal (parse (guest), BLKIF_ACCEPTED);
    assert_int_equal (guest->io.kind, inner == BLKIF_OP_READ ? BLKIF_READ
                                                             : BLKIF_WRITE);
    assert_int_equal (guest->io.operation, inner);
    assert_int_equal (guest->io.offset, 4096);
    assert_int_equal (guest->io.length, 10 * 512);
    assert_int_equal (guest->io.nsegments, 3);
    assert_int_equal (guest->io.segments[0].offset, 7 * 512);
    assert_int_equal (guest->io.segments[0].length, 512);
    assert_int_equal (guest->io.segments[1].gref, 1);
    assert_int_equal (guest->io.segments[1].length, 4096);
    assert_int_equal (guest->io.segments[2].length, 512);
  }
}

static void
test_number_of_segments_has_bounds (void **state)
{
  struct guest *guest = *state;

  for (unsigned max = 12; max <= BLKIF_INDIRECT_MAX; max += 61)
    for (unsigned n = 0; n <= UINT16_MAX; n += n < 300 ? 1 : 7411) {
      struct blkif_segment where = { 0 };
      const bool good = n >= 1 && n <= max;

      begin_indirect (guest, BLKIF_OP_READ, n, 0);
      guest->bounds.indirect = max;
      assert_int_equal (blkif_table (guest->abi, guest->raw, &guest->bounds,
                                     &where), good);
      if (good) {
        assert_int_equal (where.gref, 4711);
        assert_int_equal (where.offset, 0);
        assert_int_equal (where.length, 8 * n);
      }
      assert_int_equal (parse (guest), good ? BLKIF_ACCEPTED
                                            : BLKIF_BAD_SEGMENTS);
      if (good)
        assert_int_equal (guest->io.length, n * 4096);
    }
}

static void
test_other_operations_are_refused (void **state)
{
  struct guest *guest = *state;

  for (unsigned inner = 0; inner <= UINT8_MAX; inner++) {
    begin_indirect (guest, inner, 1, 0);
    assert_int_equal (parse (guest), inner <= BLKIF_OP_WRITE
                                     ? BLKIF_ACCEPTED : BLKIF_BAD_INDIRECT);
  }
  assert_int_equal (blkif_refusal_status (BLKIF_BAD_INDIRECT),
                    BLKIF_RSP_ERROR);
}

static void
test_every_segment_is_checked (void **state)
{
  struct guest *guest = *state;

  for (unsigned i = 0; i < BLKIF_INDIRECT_MAX; i++)
    for (unsigned what = 0; what < 2; what++) {
      begin_indirect (guest, BLKIF_OP_READ, BLKIF_INDIRECT_MAX, 0);
      guest->table[8 * i + 4 + what] = 8;
      assert_int_equal (parse (guest), BLKIF_BAD_SEGMENTS);
    }
}

static void
test_segments_have_whole_sectors (void **state)
{
  struct guest *guest = *state;

  begin_indirect (guest, BLKIF_OP_READ, 20, 0);
  guest->bounds.sector_size = 4096;
  assert_int_equal (parse (guest), BLKIF_ACCEPTED);
  guest->table[8 * 19 + 5] = 6;
  assert_int_equal (parse (guest), BLKIF_BAD_ALIGNMENT);
  begin_indirect (guest, BLKIF_OP_READ, 20, 1);
  assert_int_equal (parse (guest), BLKIF_BAD_ALIGNMENT);
}

static void
test_request_ends_with_the_disk (void **state)
{
  struct guest *guest = *state;

  begin_indirect (guest, BLKIF_OP_READ, BLKIF_INDIRECT_MAX, 8);
  assert_int_equal (parse (guest), BLKIF_ACCEPTED);
  begin_indirect (guest, BLKIF_OP_READ, BLKIF_INDIRECT_MAX, 9);
  assert_int_equal (parse (guest), BLKIF_BAD_RANGE);
  begin_indirect (guest, BLKIF_OP_WRITE, 12, UINT64_MAX - 1);
  assert_int_equal (parse (guest), BLKIF_BAD_RANGE);
}

static void
test_write_needs_a_writable_disk (void **state)
{
  struct guest *guest = *state;

  guest->bounds.read_only = true;
  begin_indirect (guest, BLKIF_OP_WRITE, 12, 0);
  assert_int_equal (parse (guest), BLKIF_BAD_WRITE);
  begin_indirect (guest, BLKIF_OP_READ, 12, 0);
  assert_int_equal (parse (guest), BLKIF_ACCEPTED);
}

static void
test_segments_that_cannot_be_had (void **state)
{
  struct guest *guest = *state;

  begin_indirect (guest, BLKIF_OP_READ, 12, 0);
  free (guest->table);
  guest->table = NULL;
  assert_int_equal (parse (guest), BLKIF_BAD_TABLE);
}

static void
test_nothing_is_indirect_unless_offered (void **state)
{
  struct guest *guest = *state;
  struct blkif_segment where;

  begin_indirect (guest, BLKIF_OP_READ, 1, 0);
  guest->bounds.indirect = 0;
  assert_false (blkif_table (guest->abi, guest->raw, &guest->bounds, &where));
  assert_int_equal (parse (guest), BLKIF_BAD_OPERATION);
  assert_int_equal (guest->io.operation, BLKIF_OP_INDIRECT);
}

static void
test_only_indirect_requests_have_a_table (void **state)
{
  struct guest *guest = *state;
  struct blkif_segment where;

  for (unsigned op = 0; op <= UINT8_MAX; op++) {
    begin_indirect (guest, BLKIF_OP_READ, 1, 0);
    guest->raw[0] = op;
    assert_int_equal (blkif_table (guest->abi, guest->raw, &guest->bounds,
                                   &where), op == BLKIF_OP_INDIRECT);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    EACH (test_reads_and_writes_are_understood),
    EACH (test_number_of_segments_has_bounds),
    EACH (test_other_operations_are_refused),
    EACH (test_every_segment_is_checked),
    EACH (test_segments_have_whole_sectors),
    EACH (test_request_ends_with_the_disk),
    EACH (test_write_needs_a_writable_disk),
    EACH (test_segments_that_cannot_be_had),
    EACH (test_nothing_is_indirect_unless_offered),
    EACH (test_only_indirect_requests_have_a_table),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

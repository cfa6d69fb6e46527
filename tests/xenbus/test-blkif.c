/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The layouts of requests and responses, against the structs of Xen's
 * header where the compiler lays them out alike, else byte by byte.  What is
 * refused of a request, see test-blkif-parse.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "blkif.h"
#include "xen-public.h"

#define LENGTH(array) (sizeof array / sizeof array[0])
#define ID 0xfedcba9876543210

/* The layouts once more, written down from the protocol's description. */
static const struct {
  const char *name;
  uint32_t request_size, response_size, id, sector, data;
} layouts[] = {
  { "x86_32-abi", 108, 12, 4, 12, 20 },
  { "x86_64-abi", 112, 16, 8, 16, 24 },
  { "arm-abi",    112, 16, 8, 16, 24 },
};

static void
test_layouts_are_the_protocols (void **state)
{
  (void) state;
  for (size_t i = 0; i < LENGTH (layouts); i++) {
    const struct blkif_abi *abi = blkif_abi_find (layouts[i].name);

    assert_non_null (abi);
    assert_string_equal (abi->name, layouts[i].name);
    assert_int_equal (abi->request_size, layouts[i].request_size);
    assert_int_equal (abi->response_size, layouts[i].response_size);
    assert_int_equal (abi->id, layouts[i].id);
    assert_int_equal (abi->sector, layouts[i].sector);
    assert_int_equal (abi->segments, layouts[i].data);
    assert_int_equal (abi->discard_sectors, layouts[i].data);
    assert_int_equal (abi->indirect, layouts[i].data + 4);
    assert_true (abi->indirect + 8 * sizeof (uint32_t) <= abi->request_size);
    assert_true (abi->request_size <= BLKIF_REQUEST_SIZE_MAX);
    assert_true (abi->segments + 8 * BLKIF_SEGMENTS_MAX <= abi->request_size);
  }
}

#if defined (__x86_64__)
static void
test_x86_64_is_as_the_compiler_has_it (void **state)
{
  const struct blkif_abi *abi = blkif_abi_find (XEN_IO_PROTO_ABI_X86_64);

  (void) state;
  assert_int_equal (abi->request_size, sizeof (struct blkif_request));
  assert_int_equal (abi->request_size, sizeof (union blkif_sring_entry));
  assert_int_equal (abi->response_size, sizeof (struct blkif_response));
  assert_int_equal (abi->id, offsetof (struct blkif_request, id));
  assert_int_equal (abi->id, offsetof (struct blkif_request_discard, id));
  assert_int_equal (abi->sector,
                    offsetof (struct blkif_request, sector_number));
  assert_int_equal (abi->sector,
                    offsetof (struct blkif_request_discard, sector_number));
  assert_int_equal (abi->segments, offsetof (struct blkif_request, seg));
  assert_int_equal (abi->discard_sectors,
                    offsetof (struct blkif_request_discard, nr_sectors));
  assert_int_equal (abi->id, offsetof (struct blkif_request_indirect, id));
  assert_int_equal (abi->sector,
                    offsetof (struct blkif_request_indirect, sector_number));
  assert_int_equal (abi->indirect,
                    offsetof (struct blkif_request_indirect, indirect_grefs));
}

static void
test_x86_64_struct_is_understood (void **state)
{
  struct blkif_request request = {
    .operation = BLKIF_OP_WRITE, .nr_segments = 2, .handle = 51712,
    .id = ID, .sector_number = 8,
    .seg = { { .gref = 5, .first_sect = 7, .last_sect = 7 },
             { .gref = 6, .first_sect = 0, .last_sect = 3 } },
  };
  const struct blkif_bounds bounds = { .sectors = 13, .sector_size = 512 };
  struct blkif_segment segments[BLKIF_INDIRECT_MAX];
  struct blkif_io io = { .segments = segments };

  (void) state;
  assert_int_equal (blkif_parse (blkif_abi_find (XEN_IO_PROTO_ABI_X86_64),
                                 &request, NULL, &bounds, &io), BLKIF_ACCEPTED);
  assert_int_equal (io.id, ID);
  assert_int_equal (io.kind, BLKIF_WRITE);
  assert_int_equal (io.offset, 8 * 512);
  assert_int_equal (io.length, 5 * 512);
  assert_int_equal (io.nsegments, 2);
  assert_int_equal (io.segments[0].gref, 5);
  assert_int_equal (io.segments[0].offset, 7 * 512);
  assert_int_equal (io.segments[1].length, 4 * 512);
}

static void
test_x86_64_response_is_the_struct (void **state)
{
  struct blkif_response response;

  (void) state;
  memset (&response, 0xff, sizeof response);
  blkif_format_response (blkif_abi_find (XEN_IO_PROTO_ABI_X86_64), &response,
                         ID, BLKIF_OP_DISCARD, BLKIF_RSP_EOPNOTSUPP);
  assert_int_equal (response.id, ID);
  assert_int_equal (response.operation, BLKIF_OP_DISCARD);
  assert_int_equal (response.status, BLKIF_RSP_EOPNOTSUPP);
}
#endif

/* Linux on i386: everything packed to four bytes. */
static void
test_x86_32_bytes_are_understood (void **state)
{
  static const uint8_t raw[108] = {
    0x00, 0x02, 0x00, 0xca,                         /* READ, 2, xvda */
    0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, /* id */
    0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* sector 16 */
    0x2a, 0x00, 0x00, 0x00, 0x01, 0x07, 0x00, 0x00, /* 7 sectors of 42 */
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, /* 1 sector */
  };
  const struct blkif_bounds bounds = { .sectors = 24, .sector_size = 512 };
  struct blkif_segment segments[BLKIF_INDIRECT_MAX];
  struct blkif_io io = { .segments = segments };

  (void) state;
  assert_int_equal (blkif_parse (blkif_abi_find ("x86_32-abi"), raw, NULL, &bounds,
                                 &io), BLKIF_ACCEPTED);
  assert_int_equal (io.id, 0x0102030405060708);
  assert_int_equal (io.operation, BLKIF_OP_READ);
  assert_int_equal (io.offset, 16 * 512);
  assert_int_equal (io.length, 8 * 512);
  assert_int_equal (io.nsegments, 2);
  assert_int_equal (io.segments[0].gref, 42);
  assert_int_equal (io.segments[0].offset, 512);
  assert_int_equal (io.segments[0].length, 7 * 512);
  assert_int_equal (io.segments[1].gref, UINT32_MAX);
  assert_int_equal (io.segments[1].offset, 0);
  assert_int_equal (io.segments[1].length, 512);
}

static void
test_x86_32_discard_is_understood (void **state)
{
  static const uint8_t raw[108] = {
    0x05, 0x00, 0x00, 0xca,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, /* id */
    0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, /* sector 2^32 */
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, /* 2^32 - 1 sectors */
  };
  const struct blkif_bounds bounds = {
    .sectors = 0x200000000, .sector_size = 512, .discard = true,
  };
  struct blkif_segment segments[BLKIF_INDIRECT_MAX];
  struct blkif_io io = { .segments = segments };

  (void) state;
  assert_int_equal (blkif_parse (blkif_abi_find ("x86_32-abi"), raw, NULL, &bounds,
                                 &io), BLKIF_ACCEPTED);
  assert_int_equal (io.id, 0x8000000000000001);
  assert_int_equal (io.kind, BLKIF_DISCARD);
  assert_int_equal (io.offset, 0x100000000 * 512);
  assert_int_equal (io.length, 0xffffffffull * 512);
}

static void
test_unnamed_layout_is_x86_32_on_x86 (void **state)
{
  (void) state;
#if defined (__i386__) || defined (__x86_64__)
  assert_string_equal (blkif_abi_find (NULL)->name, "x86_32-abi");
#else
  assert_string_equal (blkif_abi_find (NULL)->name, "arm-abi");
#endif
}

static void
test_unknown_layouts_are_unknown (void **state)
{
  static const char *const names[] = {
    "", "x86_64", "x86_64-abi ", " x86_64-abi", "X86_64-ABI", "native",
    "x86_64-abix", "powerpc64-abi", "unspecified",
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (names); i++)
    assert_null (blkif_abi_find (names[i]));
}

/* Responses. */

static void
test_response_leaves_no_byte_unwritten (void **state)
{
  (void) state;
  for (size_t i = 0; i < LENGTH (layouts); i++) {
    const uint32_t size = layouts[i].response_size;
    const uint64_t id = ID;
    const int16_t status = BLKIF_RSP_ERROR;
    uint8_t *raw = malloc (size), expected[16] = { 0 };

    memset (raw, 0xff, size);
    memcpy (expected, &id, sizeof id);
    expected[8] = BLKIF_OP_WRITE;
    memcpy (expected + 10, &status, sizeof status);
    blkif_format_response (blkif_abi_find (layouts[i].name), raw, ID,
                           BLKIF_OP_WRITE, status);
    assert_memory_equal (raw, expected, size);
    free (raw);
  }
}

static void
test_only_operations_are_unsupported (void **state)
{
  (void) state;
  for (unsigned r = BLKIF_ACCEPTED + 1; r < BLKIF_REFUSALS; r++)
    assert_int_equal (blkif_refusal_status (r), r == BLKIF_BAD_OPERATION
                      ? BLKIF_RSP_EOPNOTSUPP : BLKIF_RSP_ERROR);
}

static void
test_every_refusal_has_a_name (void **state)
{
  (void) state;
  for (unsigned a = 0; a <= BLKIF_REFUSALS; a++) {
    assert_non_null (blkif_refusal_name (a));
    for (unsigned b = 0; b < a; b++)
      assert_string_not_equal (blkif_refusal_name (a), blkif_refusal_name (b));
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_layouts_are_the_protocols),
#if defined (__x86_64__)
    cmocka_unit_test (test_x86_64_is_as_the_compiler_has_it),
    cmocka_unit_test (test_x86_64_struct_is_understood),
    cmocka_unit_test (test_x86_64_response_is_the_struct),
#endif
    cmocka_unit_test (test_x86_32_bytes_are_understood),
    cmocka_unit_test (test_x86_32_discard_is_understood),
    cmocka_unit_test (test_unnamed_layout_is_x86_32_on_x86),
    cmocka_unit_test (test_unknown_layouts_are_unknown),
    cmocka_unit_test (test_response_leaves_no_byte_unwritten),
    cmocka_unit_test (test_only_operations_are_unsupported),
    cmocka_unit_test (test_every_refusal_has_a_name),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

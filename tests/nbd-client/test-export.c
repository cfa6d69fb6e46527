/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Which exports can be used, and which are as good as they were.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "export.h"
#include "status.h"

/* What a server must not change, and what the refusal says. */
static const struct {
  struct export_facts now;
  const char *says;  /* NULL: accepted */
} returns[] = {
#define SAME .flush = true, .fua = true, .trim = true, .multi_conn = true
  { { 2 << 20, 4096, 4096, 1 << 20, SAME }, NULL },
  { { 3 << 20, 512, 512, 1 << 20, SAME, .zero = true }, NULL },
  { { 2 << 20, 4096, 8192, 4096, SAME }, NULL },
  { { 2 << 20, 0, 0, 0, SAME }, NULL },
  { { 2 << 20, 4096, 4096, 1 << 20, .flush = true, .trim = true,
      .multi_conn = true }, NULL },
  { { 1 << 20, 4096, 4096, 1 << 20, SAME },
    "the export is now 1048576 bytes, it was 2097152" },
  { { 2 << 20, 4096, 4096, 1 << 20, SAME, .read_only = true },
    "the export is now read-only" },
  { { 2 << 20, 4096, 4096, 1 << 20, .trim = true, .multi_conn = true },
    "the server no longer offers flush" },
  { { 2 << 20, 4096, 4096, 1 << 20, .flush = true, .multi_conn = true },
    "the server no longer offers trim" },
  { { 2 << 20, 4096, 4096, 1 << 20, .flush = true, .trim = true }, NULL },
  { { 2 << 20, 8192, 8192, 1 << 20, SAME },
    "the minimum block size is now 8192 bytes, it was 4096" },
  { { 2 << 20, 512, 512, 2048, SAME },
    "the maximum block size is now 2048 bytes" },
  { { 1 << 20, 4096, 4096, 1 << 20, .trim = true, .multi_conn = true },
    "it was 2097152; the server no longer offers flush" },
  { { 0, 4096, 4096, 1 << 20, SAME }, "the export has size 0" },
};

static void
test_export_compare (void **state)
{
  struct nbd_client_export first, now;
  char reason[NBD_CLIENT_REASON_MAX] = "";
  int r;

  (void) state;
  assert_int_equal (export_open (&returns[0].now, false, &first,
                                 FAILURE_INTO (reason)), 0);
  for (size_t i = 0; i < sizeof returns / sizeof returns[0]; i++) {
    r = export_open (&returns[i].now, false, &now, FAILURE_INTO (reason));
    if (r == 0)
      r = export_compare (&first, &now, FAILURE_INTO (reason));
    assert_int_equal (r, returns[i].says ? -1 : 0);
    if (returns[i].says && !strstr (reason, returns[i].says))
      fail_msg ("'%s' does not say '%s'", reason, returns[i].says);
  }
}

static void
test_export_open (void **state)
{
  struct nbd_client_export export;
  struct export_facts facts = { .size = 1000001, .trim = true, .flush = true };
  char reason[NBD_CLIENT_REASON_MAX];

  (void) state;
#define OPEN(read_only) \
  export_open (&facts, read_only, &export, FAILURE_INTO (reason))
  assert_int_equal (OPEN (false), 0);
  assert_int_equal (export.real_size, 1000001);
  assert_int_equal (export.size, 999936);
  assert_int_equal (export.minimum_block, 512);
  assert_int_equal (export.maximum_block, EXPORT_MAXIMUM_DEFAULT);
  assert_true (export.trim && !export.read_only);
  assert_int_equal (OPEN (true), 0);
  assert_true (export.read_only && export.flush && !export.trim);

  facts.minimum = 65536;
  facts.maximum = UINT32_MAX;
  assert_int_equal (OPEN (false), 0);
  assert_int_equal (export.size, 983040);
  assert_int_equal (export.preferred_block, 65536);
  facts.minimum = 131072;
  assert_int_equal (OPEN (false), -1);
  assert_non_null (strstr (reason, "131072"));
  facts.minimum = 65536;
  facts.size = 65535;
  assert_int_equal (OPEN (false), -1);
  assert_non_null (strstr (reason, "less than one block of 65536"));
  facts.size = -1;
  assert_int_equal (OPEN (false), -1);
  assert_non_null (strstr (reason, "2^63"));
  facts.size = 0;
  assert_int_equal (OPEN (false), -1);
  assert_string_equal (reason, "the export has size 0");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_export_compare),
    cmocka_unit_test (test_export_open),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

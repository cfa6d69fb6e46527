/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Texts in fixed arrays: copied, cut, and nothing written behind them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/failure.h"
#include "base/text.h"

static void
test_copy (void **state)
{
  static const struct {
    size_t size;
    const char *from, *to;
  } cases[] = {
    { 8, "", "" }, { 8, "abc", "abc" }, { 4, "abc", "abc" },
    { 3, "abc", "ab" }, { 1, "abc", "" }, { 1, "", "" },
  };

  (void) state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char to[16];

    memset (to, 'x', sizeof to);
    text_copy (to, cases[i].size, cases[i].from);
    assert_string_equal (to, cases[i].to);
    for (size_t j = strlen (to) + 1; j < sizeof to; j++)
      assert_int_equal (to[j], 'x');
  }
}

static void
test_failure (void **state)
{
  char text[8] = "as it is";

  (void) state;
  assert_int_equal (failure_set (FAILURE_INTO (text), "%s %d", "no", 1), -1);
  assert_string_equal (text, "no 1");
  assert_int_equal (failure_set (FAILURE_INTO (text), "%s", "too long"), -1);
  assert_string_equal (text, "too lon");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_copy),
    cmocka_unit_test (test_failure),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

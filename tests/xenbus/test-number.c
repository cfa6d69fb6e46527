/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What counts as a number in xenstore, and what does not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "number.h"

#define LENGTH(array) (sizeof array / sizeof array[0])
#define UNTOUCHED 0x5a5a5a5a5a5a5a5a

static const struct { const char *text; uint64_t max, value; } good[] = {
  { "0", UINT64_MAX, 0 },
  { "0", 0, 0 },
  { "1", 1, 1 },
  { "51712", UINT32_MAX, 51712 },
  { "4294967295", UINT32_MAX, UINT32_MAX },
  { "18446744073709551615", UINT64_MAX, UINT64_MAX },
  /* What looks octal is decimal. */
  { "010", UINT64_MAX, 10 },
  { "08", UINT64_MAX, 8 },
  { "00000000000000000000000000000000000000000000000001", 1, 1 },
};

static const struct { const char *text; uint64_t max; } bad[] = {
  { NULL, UINT64_MAX },
  { "", UINT64_MAX },
  /* signs */
  { "-", UINT64_MAX },
  { "+", UINT64_MAX },
  { "-1", UINT64_MAX },
  { "-0", UINT64_MAX },
  { "+1", UINT64_MAX },
  /* white space */
  { " ", UINT64_MAX },
  { " 1", UINT64_MAX },
  { "1 ", UINT64_MAX },
  { "\t1", UINT64_MAX },
  { "1\n", UINT64_MAX },
  { "1 2", UINT64_MAX },
  /* other notations */
  { "0x10", UINT64_MAX },
  { "0x", UINT64_MAX },
  { "x1", UINT64_MAX },
  { "a", UINT64_MAX },
  { "1.0", UINT64_MAX },
  { "1e3", UINT64_MAX },
  { "1,000", UINT64_MAX },
  { "\xd9\xa1", UINT64_MAX }, /* ARABIC-INDIC DIGIT ONE */
  { "\xb9", UINT64_MAX },     /* Latin-1's superscript one */
  /* trailing text */
  { "1x", UINT64_MAX },
  { "51712/state", UINT64_MAX },
  { "18446744073709551615x", UINT64_MAX },
  /* one above the bound */
  { "1", 0 },
  { "17", 16 },
  { "32752", 32751 },
  { "4294967296", UINT32_MAX },
  { "18446744073709551615", UINT64_MAX - 1 },
  /* more than 64 bits hold; wrapped around these would be small */
  { "18446744073709551616", UINT64_MAX },
  { "18446744073709551617", UINT64_MAX },
  { "18446744073709551620", UINT64_MAX },
  { "18446744073709551617", 1 },
  { "36893488147419103233", 1 },
  { "99999999999999999999", UINT64_MAX },
  { "340282366920938463463374607431768211457", UINT64_MAX },
};

static void
test_good (void **state)
{
  (void) state;
  for (size_t i = 0; i < LENGTH (good); i++) {
    uint64_t value = UNTOUCHED;

    print_message ("\"%s\"\n", good[i].text);
    assert_int_equal (number_parse (good[i].text, good[i].max, &value), 0);
    assert_int_equal (value, good[i].value);
  }
}

static void
test_bad (void **state)
{
  (void) state;
  for (size_t i = 0; i < LENGTH (bad); i++) {
    uint64_t value = UNTOUCHED;

    print_message ("\"%s\"\n", bad[i].text ? bad[i].text : "NULL");
    assert_int_equal (number_parse (bad[i].text, bad[i].max, &value), -1);
    assert_int_equal (value, UNTOUCHED);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_good),
    cmocka_unit_test (test_bad),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

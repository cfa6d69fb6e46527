/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Bytes that are no message.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"

#define LENGTH(array) (sizeof array / sizeof array[0])

static void
test_other_json_is_refused (void **state)
{
  static const char *const texts[] = {
    "", " ", "null", "true", "1", "\"quit\"", "[]", "{}", "[{}]",
    "[{\"type\":\"quit\",\"serial\":1}]",
    "{\"type\":\"quit\"}", "{\"serial\":1}",
    "{\"type\":\"quit\",\"serial\":1}x",
    "{\"type\":\"quit\",\"serial\":1}{\"type\":\"quit\",\"serial\":1}",
    "{\"type\":\"quit\",\"serial\":1,\"serial\":2}",
    "{\"type\":\"quit\",\"type\":\"claim\",\"serial\":1}",
    "{\"type\":\"quit\",\"serial\":9223372036854775808}",
    "{\"type\":\"quit\",\"serial\":1e3}",
    "{\"type\":\"quit\",\"serial\":01}",
    "{'type':'quit','serial':1}",
    "{\"type\":\"qu\xffit\",\"serial\":1}",
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (texts); i++)
    if (decode_text (texts[i]) == 0)
      fail_msg ("accepted: %s", texts[i]);
}

static void
test_deep_nesting_is_no_danger (void **state)
{
  char text[MESSAGE_MAX];

  (void) state;
  memset (text, '[', sizeof text);
  assert_int_equal (decode (text, sizeof text), -1);
  memcpy (text, "{\"type\":\"quit\",\"serial\":1,\"x\":", 30);
  assert_int_equal (decode (text, sizeof text), -1);
}

static void
test_truncated_messages_are_refused (void **state)
{
  char buffer[MESSAGE_MAX];

  (void) state;
  for (unsigned type = 0; type < MESSAGE_TYPES; type++) {
    const size_t length = encode (type, buffer);

    for (size_t n = 0; n < length; n++)
      assert_int_equal (decode (buffer, n), -1);
  }
}

/* But for one that ends a number: jansson passes over it. */
static void
test_nul_bytes_are_refused (void **state)
{
  char buffer[MESSAGE_MAX];

  (void) state;
  for (unsigned type = 0; type < MESSAGE_TYPES; type++) {
    const size_t length = encode (type, buffer);

    buffer[length] = '\0';
    assert_int_equal (decode (buffer, length + 1), -1);
    for (size_t n = 0; n < length; n++) {
      const char was = buffer[n];

      if (n > 0 && buffer[n - 1] >= '0' && buffer[n - 1] <= '9')
        continue;
      buffer[n] = '\0';
      assert_int_equal (decode (buffer, length), -1);
      buffer[n] = was;
    }
  }
}

/* Nothing to expect but that it ends, inside its memory. */
static void
test_noise_does_no_harm (void **state)
{
  static const char json[] = "{}[]\":,0123456789-.eE\\u truefalsenull";
  char buffer[MESSAGE_MAX];

  (void) state;
  srand (1);
  for (unsigned n = 0; n < 50000; n++) {
    const size_t length = (unsigned) rand () % 200;

    for (size_t i = 0; i < length; i++)
      buffer[i] = n % 2 ? (char) rand ()
                        : json[(unsigned) rand () % (sizeof json - 1)];
    assert_int_equal (decode (buffer, length), -1);
  }
  for (unsigned n = 0; n < 20000; n++) {
    const size_t length = encode ((unsigned) rand () % MESSAGE_TYPES, buffer);

    for (unsigned i = 0; i < 1 + n % 4; i++)
      buffer[(unsigned) rand () % length] =
        json[(unsigned) rand () % (sizeof json - 1)];
    decode (buffer, length);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_other_json_is_refused),
    cmocka_unit_test (test_deep_nesting_is_no_danger),
    cmocka_unit_test (test_truncated_messages_are_refused),
    cmocka_unit_test (test_nul_bytes_are_refused),
    cmocka_unit_test (test_noise_does_no_harm),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

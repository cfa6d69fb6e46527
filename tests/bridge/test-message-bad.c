/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * JSON that is no message: every member of every type is taken away, replaced
 * and overdone.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "messages.h"

#define LENGTH(array) (sizeof array / sizeof array[0])

static int
decode_json (const json_t *object)
{
  char *text = json_dumps (object, 0);
  int r = decode_text (text);

  free (text);
  return r;
}

/* The good message of a type, to be spoilt. */
static json_t *
good (enum message_type type)
{
  char buffer[MESSAGE_MAX];
  json_t *object = json_loadb (buffer, encode (type, buffer), 0, NULL);

  assert_int_equal (decode_json (object), 0);
  return object;
}

/* Spoil each member of `part`, which is in `whole`. */
static void
spoil_members (json_t *whole, json_t *part, void (*spoil) (json_t *, json_t *,
                                                           const char *))
{
  const char *name;
  json_t *value, *names = json_array ();
  size_t i;

  json_object_foreach (part, name, value)
    json_array_append_new (names, json_string (name));
  json_array_foreach (names, i, value) {
    json_t *before = json_deep_copy (json_object_get
                                     (part, json_string_value (value)));

    spoil (whole, part, json_string_value (value));
    json_object_set_new (part, json_string_value (value), before);
    assert_int_equal (decode_json (whole), 0);
  }
  json_decref (names);
}

static void
spoil_all (void (*spoil) (json_t *, json_t *, const char *))
{
  for (unsigned type = 0; type < MESSAGE_TYPES; type++) {
    json_t *whole = good (type), *inner;

    spoil_members (whole, whole, spoil);
    inner = json_object_get (whole, "export");
    if (inner)
      spoil_members (whole, inner, spoil);
    inner = json_object_get (whole, "rings");
    if (json_is_array (inner))
      spoil_members (whole, json_array_get (inner, 7), spoil);
    json_decref (whole);
  }
}

static void
refuse (const json_t *whole, const char *name)
{
  if (decode_json (whole) == 0)
    fail_msg ("%s: %.300s", name, json_dumps (whole, 0));
}

/* Members. */

static void
take_away (json_t *whole, json_t *part, const char *name)
{
  static const char *const optional[] = {
    "connections", "export", "indirect", "persistent", "removable",
    "sector-size", "stopped", "tasks", "tune",
  };
  size_t i;

  json_object_del (part, name);
  for (i = 0; i < LENGTH (optional); i++)
    if (strcmp (name, optional[i]) == 0)
      return;
  refuse (whole, name);
}

static void
test_every_member_is_needed (void **state)
{
  (void) state;
  spoil_all (take_away);
}

static void
change_type (json_t *whole, json_t *part, const char *name)
{
  const json_type was = json_typeof (json_object_get (part, name));
  json_t *others[] = {
    json_null (), json_true (), json_integer (1), json_real (1.0),
    json_string ("1"), json_array (), json_object (),
  };

  for (size_t i = 0; i < LENGTH (others); i++) {
    const json_type is = json_typeof (others[i]);
    const bool same = is == was || (was == JSON_FALSE && is == JSON_TRUE) ||
                      (was == JSON_REAL && is == JSON_INTEGER);

    json_object_set_new (part, name, others[i]);
    if (!same)
      refuse (whole, name);
  }
}

static void
test_every_member_has_its_type (void **state)
{
  (void) state;
  spoil_all (change_type);
}

/* One more than the largest, which the good messages are made of. */
static void
overdo (json_t *whole, json_t *part, const char *name)
{
  json_t *value = json_object_get (part, name);

  if (json_is_integer (value)) {
    json_int_t n = json_integer_value (value);

    json_object_set_new (part, name, json_integer (-1));
    refuse (whole, name);
    json_object_set_new (part, name, json_integer (INT64_MIN));
    refuse (whole, name);
    if (strncmp (name, "preferred", 9) == 0 || strncmp (name, "max", 3) == 0 ||
        strcmp (name, "port") == 0 || strcmp (name, "connections") == 0)
      n = UINT32_MAX;
    if (n < INT64_MAX - 1) {
      json_object_set_new (part, name, json_integer (n + 1));
      refuse (whole, name);
    }
  }
  else if (json_is_real (value)) {
    json_object_set_new (part, name, json_real (1.000001e9));
    refuse (whole, name);
    json_object_set_new (part, name, json_real (-0.000001));
    refuse (whole, name);
  }
  else if (json_is_string (value)) {
    size_t length = json_string_length (value);
    char *text = calloc (1, 40 + length);

    memset (text, 'x', length < 32 ? 32 : length + 1);
    json_object_set_new (part, name, json_string (text));
    refuse (whole, name);
    free (text);
  }
}

static void
test_every_member_has_its_bounds (void **state)
{
  (void) state;
  spoil_all (overdo);
}

static void
add_nul (json_t *whole, json_t *part, const char *name)
{
  json_t *value = json_object_get (part, name);

  if (json_is_string (value)) {
    json_object_set_new (part, name, json_stringn ("vbd\0x", 5));
    refuse (whole, name);
  }
}

static void
test_no_text_has_a_nul (void **state)
{
  (void) state;
  spoil_all (add_nul);
}

static void
test_unknown_members_are_passed_over (void **state)
{
  (void) state;
  for (unsigned type = 0; type < MESSAGE_TYPES; type++) {
    json_t *whole = good (type);

    json_object_set_new (whole, "from-the-future", json_pack ("[{s:n}]", "x"));
    json_object_set_new (whole, "", json_integer (1));
    assert_int_equal (decode_json (whole), 0);
    json_decref (whole);
  }
}

static void
test_unknown_types_are_refused (void **state)
{
  (void) state;
  assert_int_equal (decode_text ("{\"type\":\"quit\",\"serial\":1}"), 0);
  assert_int_equal (decode_text ("{\"type\":\"Quit\",\"serial\":1}"), -1);
  assert_int_equal (decode_text ("{\"type\":\"\",\"serial\":1}"), -1);
  assert_int_equal (decode_text ("{\"type\":\"quit \",\"serial\":1}"), -1);
}

static void
test_unknown_kinds_and_layouts_are_refused (void **state)
{
  json_t *claim = good (MESSAGE_CLAIM), *connect = good (MESSAGE_CONNECT);

  (void) state;
  json_object_set_new (claim, "kind", json_string ("vif"));
  refuse (claim, "kind");
  json_object_set_new (connect, "protocol", json_string ("ppc64-abi"));
  refuse (connect, "protocol");
  json_decref (claim);
  json_decref (connect);
}

/* Rings. */

/* A message that connects `nrings` rings of `npages` pages. */
static json_t *
connect_message (unsigned nrings, unsigned npages)
{
  json_t *rings = json_array (), *refs = json_array ();
  json_t *whole = good (MESSAGE_CONNECT);

  for (unsigned i = 0; i < npages; i++)
    json_array_append_new (refs, json_integer (i));
  for (unsigned i = 0; i < nrings; i++)
    json_array_append_new (rings, json_pack ("{s:i, s:O}", "port", 1, "refs",
                                             refs));
  json_decref (refs);
  json_object_set_new (whole, "rings", rings);
  return whole;
}

static void
test_number_of_rings_has_bounds (void **state)
{
  (void) state;
  for (unsigned n = 0; n < 40; n++) {
    json_t *whole = connect_message (n, 1);

    assert_int_equal (decode_json (whole), n >= 1 && n <= DEVICE_QUEUES_MAX
                                           ? 0 : -1);
    json_decref (whole);
  }
}

static void
test_number_of_pages_is_a_power_of_two (void **state)
{
  (void) state;
  for (unsigned n = 0; n < 70; n++) {
    const bool allowed = n == 1 || n == 2 || n == 4 || n == 8 || n == 16;
    json_t *whole = connect_message (2, n);

    assert_int_equal (decode_json (whole), allowed ? 0 : -1);
    json_decref (whole);
  }
}

static void
test_refs_are_numbers_of_32_bits (void **state)
{
  json_t *bad[] = {
    json_integer (-1), json_integer (0x100000000), json_real (1),
    json_string ("1"), json_null (), json_true (), json_array (),
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (bad); i++) {
    json_t *whole = connect_message (2, 16);
    json_t *ring = json_array_get (json_object_get (whole, "rings"), 1);

    json_array_set_new (json_object_get (ring, "refs"), 15, bad[i]);
    refuse (whole, "refs");
    json_decref (whole);
  }
}

static void
test_rings_are_objects (void **state)
{
  json_t *bad[] = { json_integer (1), json_null (), json_array (),
                    json_string ("ring"), json_object () };

  (void) state;
  for (size_t i = 0; i < LENGTH (bad); i++) {
    json_t *whole = connect_message (3, 1);

    json_array_set_new (json_object_get (whole, "rings"), 2, bad[i]);
    refuse (whole, "rings");
    json_decref (whole);
  }
}

/* The daemon leaves a worker alone that is later than itself. */
static void
test_the_version_is_known_all_the_same (void **state)
{
  static struct message message;
  json_t *status = good (MESSAGE_STATUS);
  char *text;

  (void) state;
  json_object_set_new (status, "version", json_integer (MESSAGE_VERSION + 1));
  json_object_set_new (status, "server", json_string ("cloudy"));
  text = json_dumps (status, 0);
  assert_int_equal (message_decode (text, strlen (text), &message), -1);
  assert_int_equal (message.type, MESSAGE_STATUS);
  assert_int_equal (message.status.version, MESSAGE_VERSION + 1);
  free (text);
  json_decref (status);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_every_member_is_needed),
    cmocka_unit_test (test_every_member_has_its_type),
    cmocka_unit_test (test_every_member_has_its_bounds),
    cmocka_unit_test (test_no_text_has_a_nul),
    cmocka_unit_test (test_unknown_members_are_passed_over),
    cmocka_unit_test (test_unknown_types_are_refused),
    cmocka_unit_test (test_unknown_kinds_and_layouts_are_refused),
    cmocka_unit_test (test_number_of_rings_has_bounds),
    cmocka_unit_test (test_number_of_pages_is_a_power_of_two),
    cmocka_unit_test (test_refs_are_numbers_of_32_bits),
    cmocka_unit_test (test_rings_are_objects),
    cmocka_unit_test (test_the_version_is_known_all_the_same),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

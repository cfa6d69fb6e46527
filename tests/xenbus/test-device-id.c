/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What devices are called below the backend directory.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "device-id.h"

#define LENGTH(array) (sizeof array / sizeof array[0])

static const struct { const char *text; struct device_id id; } good[] = {
  { "vbd/3/51712", { DEVICE_VBD, 3, 51712 } },
  { "qdisk/1/768", { DEVICE_QDISK, 1, 768 } },
  { "vbd3/12/51728", { DEVICE_VBD3, 12, 51728 } },
  { "vbd/0/0", { DEVICE_VBD, 0, 0 } },
  { "vbd/3/268439552", { DEVICE_VBD, 3, 268439552 } },
  /* 0x7ff0 is DOMID_FIRST_RESERVED */
  { "qdisk/32751/4294967295", { DEVICE_QDISK, 32751, UINT32_MAX } },
};

static const char *const bad[] = {
  "",
  "/",
  "//",
  "///",
  /* not all of it, or more than it */
  "vbd",
  "vbd/",
  "vbd/3",
  "vbd/3/",
  "vbd//51712",
  "/3/51712",
  "/vbd/3/51712",
  "vbd/3/51712/",
  "vbd/3/51712/state",
  "backend/vbd/3/51712",
  /* not a kind of ours */
  "vif/3/0",
  "vbd2/3/51712",
  "vbd33/3/51712",
  "vb/3/51712",
  "VBD/3/51712",
  " vbd/3/51712",
  "vbd /3/51712",
  /* not numbers, or too large ones */
  "vbd/three/51712",
  "vbd/-1/51712",
  "vbd/ 3/51712",
  "vbd/3/0xca00",
  "vbd/3/xvda",
  "vbd/3/51712 ",
  "vbd/3/51712\n",
  "vbd/3/-1",
  "vbd/32752/51712",
  "vbd/65539/51712",
  "vbd/4294967299/51712",
  "vbd/3/4294967296",
  "vbd/3/18446744073709551617",
  /* far too long */
  "vbd/3/0000000000000000000000000000000000000000000000000000000000000001",
  "vbd/00000000000000000000000000000000000000000000000000000000000003/1",
  "vbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbdvbd/3/1",
};

static void
test_good (void **state)
{
  (void) state;
  for (size_t i = 0; i < LENGTH (good); i++) {
    struct device_id id;

    print_message ("\"%s\"\n", good[i].text);
    assert_int_equal (device_id_parse (good[i].text, &id), 0);
    assert_int_equal (id.kind, good[i].id.kind);
    assert_int_equal (id.domid, good[i].id.domid);
    assert_int_equal (id.devid, good[i].id.devid);
  }
}

static void
test_bad (void **state)
{
  (void) state;
  for (size_t i = 0; i < LENGTH (bad); i++) {
    struct device_id id;

    print_message ("\"%s\"\n", bad[i]);
    assert_int_equal (device_id_parse (bad[i], &id), -1);
  }
}

static void
test_written_name_is_read_again (void **state)
{
  (void) state;
  for (unsigned kind = 0; kind < DEVICE_KINDS; kind++) {
    const struct device_id id = { kind, 7, 51744 };
    struct device_id read;
    char text[64];

    snprintf (text, sizeof text, "%s/%u/%u", device_kind_name (kind),
              id.domid, id.devid);
    assert_int_equal (device_id_parse (text, &read), 0);
    assert_true (device_id_equal (&id, &read));
  }
}

static void
test_equal_looks_at_everything (void **state)
{
  const struct device_id id = { DEVICE_VBD, 3, 51712 };
  const struct device_id same = { DEVICE_VBD, 3, 51712 };
  const struct device_id kind = { DEVICE_VBD3, 3, 51712 };
  const struct device_id domid = { DEVICE_VBD, 4, 51712 };
  const struct device_id devid = { DEVICE_VBD, 3, 51728 };

  (void) state;
  assert_true (device_id_equal (&id, &same));
  assert_false (device_id_equal (&id, &kind));
  assert_false (device_id_equal (&id, &domid));
  assert_false (device_id_equal (&id, &devid));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_good),
    cmocka_unit_test (test_bad),
    cmocka_unit_test (test_written_name_is_read_again),
    cmocka_unit_test (test_equal_looks_at_everything),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A server that breaks the protocol, or says what no real server says.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fake.h"
#include "rig.h"
#include "server.h"

static void
begin (struct rig *rig, bool structured)
{
  struct nbd_client_options options = rig_options;
  char params[300];

  options.structured_replies = structured;
  snprintf (params, sizeof params, "nbd:unix:%s", server_path ("s"));
  rig_begin (rig, params, &options);
}

static void
test_good (void **state)
{
  static const struct fake fake = { .size = 1 << 20, .structured = 1 };
  int pid = fake_start ("s", &fake);
  struct rig rig;
  char data[4096] = "";

  (void) state;
  for (int structured = 0; structured < 2; structured++) {
    begin (&rig, structured);
    rig_until_state (&rig, NBD_CLIENT_OPEN);
    assert_int_equal (rig_do (&rig, NBD_CLIENT_READ, 0, 4096, data), 0);
    assert_int_equal (rig_do (&rig, NBD_CLIENT_WRITE, 0, 4096, data), 0);
    assert_int_equal (rig_do (&rig, NBD_CLIENT_FLUSH, 0, 0, NULL), 0);
    rig_end (&rig);
  }
  server_kill (pid);
}

/* Data that never came is an error, never a success with old bytes. */
static void
test_short_reads (void **state)
{
  static const enum fake_reads reads[] = { FAKE_HALF, FAKE_NONE };
  struct rig rig;
  char data[4096];

  (void) state;
  for (unsigned i = 0; i < 2; i++) {
    struct fake fake = { 1 << 20, 1,
      { reads[i], reads[i], reads[i], reads[i] } };
    int pid = fake_start ("s", &fake), error;

    begin (&rig, true);
    rig_until_state (&rig, NBD_CLIENT_OPEN);
    error = rig_do (&rig, NBD_CLIENT_READ, 0, 4096, data);
    assert_true (error == EIO || error == EPROTO);
    assert_int_equal (rig_do (&rig, NBD_CLIENT_FLUSH, 0, 0, NULL), 0);
    rig_end (&rig);
    server_kill (pid);
  }
}

static void
test_odd_error (void **state)
{
  static const struct fake fake = { 1 << 20, 0, { FAKE_ODD_ERROR } };
  int pid = fake_start ("s", &fake);
  struct rig rig;
  char data[512];

  (void) state;
  begin (&rig, false);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  assert_int_equal (rig_do (&rig, NBD_CLIENT_READ, 0, 512, data), EINVAL);
  rig_end (&rig);
  server_kill (pid);
}

/* What breaks off in the middle is done again by the next connection. */
static void
test_broken_off (void **state)
{
  static const struct fake fake = { 1 << 20, 0,
    { FAKE_CUT, FAKE_STRANGER, FAKE_CUT, FAKE_GOOD } };
  int pid = fake_start ("s", &fake);
  struct rig rig;
  char data[8192];

  (void) state;
  begin (&rig, false);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  assert_int_equal (rig_do (&rig, NBD_CLIENT_READ, 512, 8192, data), 0);
  assert_int_equal (nbd_client_status (rig.client)->connects, 4);
  rig_end (&rig);
  server_kill (pid);
}

static void
test_sizes (void **state)
{
  static const uint64_t sizes[] = { UINT64_MAX, 1ull << 63, 0, 511 };
  static const char *const reasons[] = { "2^63", "2^63", "has size 0",
    "the export has 511 bytes, less than one block" };
  struct rig rig;

  (void) state;
  for (unsigned i = 0; i < 4; i++) {
    struct fake fake = { .size = sizes[i] };
    int pid = fake_start ("s", &fake);

    begin (&rig, false);
    rig_until_reason (&rig, reasons[i]);
    assert_int_equal (nbd_client_status (rig.client)->state,
                      NBD_CLIENT_OPENING);
    assert_true (nbd_client_status (rig.client)->refused);
    rig_end (&rig);
    server_kill (pid);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_good),
    cmocka_unit_test (test_short_reads),
    cmocka_unit_test (test_odd_error),
    cmocka_unit_test (test_broken_off),
    cmocka_unit_test (test_sizes),
  };

  server_need_nbdkit ();
  return cmocka_run_group_tests (tests, NULL, NULL);
}

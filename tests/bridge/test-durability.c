/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Flushes that several writes share: who is covered by which.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/worker/durability.h"

static void
test_nobody_waits_so_nothing_is_due (void **state)
{
  struct durability durability = { .busy = false };

  (void) state;
  assert_true (durability_idle (&durability));
  assert_null (durability_next (&durability));
}

static void
test_one_flush_is_for_all_that_wait (void **state)
{
  struct durability durability = { .busy = false };
  struct request_list ended = { NULL, NULL };
  struct request requests[3] = { { .next = NULL } };
  struct nbd_command *flush;

  (void) state;
  for (unsigned i = 0; i < 3; i++)
    durability_add (&durability, &requests[i]);
  assert_false (durability_idle (&durability));
  flush = durability_next (&durability);
  assert_ptr_equal (flush, &durability.command);
  assert_int_equal (flush->op, NBD_CLIENT_FLUSH);
  assert_int_equal (flush->count, 0);
  assert_true (durability_idle (&durability));
  durability_ended (&durability, &ended);
  for (unsigned i = 0; i < 3; i++)
    assert_ptr_equal (request_pop (&ended), &requests[i]);
  assert_null (request_pop (&ended));
}

/* A flush does not cover what was not there when it was sent. */
static void
test_who_comes_later_waits_for_the_next (void **state)
{
  struct durability durability = { .busy = false };
  struct request_list ended = { NULL, NULL };
  struct request early, late;

  (void) state;
  durability_add (&durability, &early);
  assert_non_null (durability_next (&durability));
  durability_add (&durability, &late);
  assert_null (durability_next (&durability)); /* one at a time */
  assert_false (durability_idle (&durability));
  durability_ended (&durability, &ended);
  assert_ptr_equal (request_pop (&ended), &early);
  assert_null (request_pop (&ended));
  assert_non_null (durability_next (&durability));
  durability_ended (&durability, &ended);
  assert_ptr_equal (request_pop (&ended), &late);
  assert_null (durability_next (&durability));
}

/* It is to each as if the flush had been its own: see duties.h. */
static void
test_result_is_each_ones (void **state)
{
  struct durability durability = { .busy = false };
  struct request_list ended = { NULL, NULL };
  struct request requests[2] = {
    { .command = { .op = NBD_CLIENT_WRITE, .offset = 4096, .count = 512,
                   .connection = 1 } },
    { .command = { .op = NBD_CLIENT_WRITE, .connection = 2 } },
  };

  (void) state;
  durability_add (&durability, &requests[0]);
  durability_add (&durability, &requests[1]);
  assert_non_null (durability_next (&durability));
  durability.command.error = ENOSPC;
  durability.command.connection = 3;
  durability_ended (&durability, &ended);
  for (unsigned i = 0; i < 2; i++) {
    assert_int_equal (requests[i].command.op, NBD_CLIENT_FLUSH);
    assert_int_equal (requests[i].command.offset, 0);
    assert_int_equal (requests[i].command.count, 0);
    assert_int_equal (requests[i].command.error, ENOSPC);
    assert_int_equal (requests[i].command.connection, 3);
  }
}

/* The next flush does not begin with the last one's result. */
static void
test_next_flush_is_a_fresh_one (void **state)
{
  struct durability durability = { .busy = false };
  struct request_list ended = { NULL, NULL };
  struct request request = { .next = NULL };

  (void) state;
  durability_add (&durability, &request);
  assert_non_null (durability_next (&durability));
  durability.command.error = EIO;
  durability_ended (&durability, &ended);
  durability_add (&durability, request_pop (&ended));
  assert_int_equal (durability_next (&durability)->error, 0);
}

static void
test_only_what_waits_is_cancelled (void **state)
{
  struct durability durability = { .busy = false };
  struct request_list ended = { NULL, NULL };
  struct request sent = { .next = NULL }, waiting = { .next = NULL };

  (void) state;
  durability_add (&durability, &sent);
  assert_non_null (durability_next (&durability));
  durability_add (&durability, &waiting);
  durability_cancel (&durability, &ended);
  assert_ptr_equal (request_pop (&ended), &waiting);
  assert_int_equal (waiting.command.error, ECANCELED);
  assert_null (request_pop (&ended));
  assert_true (durability_idle (&durability));
  durability_ended (&durability, &ended);
  assert_ptr_equal (request_pop (&ended), &sent);
  assert_int_equal (sent.command.error, 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_nobody_waits_so_nothing_is_due),
    cmocka_unit_test (test_one_flush_is_for_all_that_wait),
    cmocka_unit_test (test_who_comes_later_waits_for_the_next),
    cmocka_unit_test (test_result_is_each_ones),
    cmocka_unit_test (test_next_flush_is_a_fresh_one),
    cmocka_unit_test (test_only_what_waits_is_cancelled),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

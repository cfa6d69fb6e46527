/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What becomes of requests that the server failed, by each of the policies, and
 * of those that are parked.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/worker/policy.h"

/* A policy and what it is given. */
struct rig {
  struct ev_loop *loop;
  struct tune tune;
  struct policy policy;
  enum nbd_client_state server;
};

static int
set_up (void **state)
{
  static struct rig rig;

  memset (&rig, 0, sizeof rig);
  rig.loop = ev_loop_new (0);
  assert_non_null (rig.loop);
  tune_init (&rig.tune);
  policy_init (&rig.policy, &rig.tune);
  rig.server = NBD_CLIENT_OPEN;
  *state = &rig;
  return 0;
}

static int
tear_down (void **state)
{
  struct rig *rig = *state;

  ev_timer_stop (rig->loop, &rig->policy.timer);
  ev_loop_destroy (rig->loop);
  return 0;
}

static struct request
failed (enum blkif_kind kind, unsigned nsegments, int error)
{
  static char data[4096 * BLKIF_SEGMENTS_MAX];

  return (struct request) {
    .data = data,
    .io = { .kind = kind, .nsegments = nsegments, .offset = 8192,
            .length = 4096 * nsegments },
    .command = { .op = kind == BLKIF_READ ? NBD_CLIENT_READ
                                          : NBD_CLIENT_WRITE,
                 .offset = 8192, .count = 4096 * nsegments, .error = error },
  };
}

static enum policy_verdict
judge (struct rig *rig, struct request *request)
{
  return policy_judge (&rig->policy, request, rig->loop, rig->server);
}

/* As if a second had passed. */
static void
let_timer_end (struct rig *rig)
{
  assert_true (ev_is_active (&rig->policy.timer));
  ev_feed_event (rig->loop, &rig->policy.timer, EV_TIMER);
  ev_invoke_pending (rig->loop);
  ev_timer_stop (rig->loop, &rig->policy.timer);
}

static void
test_reads_and_all_else_have_their_own (void **state)
{
  struct rig *rig = *state;
  struct request read = failed (BLKIF_READ, 0, EIO);
  struct request write = failed (BLKIF_WRITE, 1, EIO);
  struct request discard = failed (BLKIF_DISCARD, 0, EIO);

  rig->tune.on_read_error = TUNE_IGNORE;
  rig->tune.on_write_error = TUNE_REPORT;
  assert_int_equal (judge (rig, &read), POLICY_IGNORE);
  assert_int_equal (judge (rig, &write), POLICY_REPORT);
  assert_int_equal (judge (rig, &discard), POLICY_REPORT);
  assert_int_equal (write.command.error, EIO);
  assert_false (rig->policy.stopped);
}

/* No bytes of another request's. */
static void
test_ignored_read_is_of_zeroes (void **state)
{
  struct rig *rig = *state;
  struct request read = failed (BLKIF_READ, 1, EIO);
  char data[4096 + 1];

  memset (data, 'x', sizeof data);
  read.data = data;
  rig->tune.on_read_error = TUNE_IGNORE;
  assert_int_equal (judge (rig, &read), POLICY_IGNORE);
  assert_int_equal (read.command.error, 0);
  for (unsigned i = 0; i < 4096; i++)
    assert_int_equal (data[i], 0);
  assert_int_equal (data[4096], 'x');
}

static void
test_stop_parks_until_resume (void **state)
{
  struct rig *rig = *state;
  struct request a = failed (BLKIF_WRITE, 1, EIO);
  struct request b = failed (BLKIF_WRITE, 2, ENOSPC);

  rig->tune.on_write_error = TUNE_STOP;
  assert_int_equal (judge (rig, &a), POLICY_PARKED);
  assert_true (rig->policy.stopped);
  assert_int_equal (rig->policy.io_status, MESSAGE_IO_FAILED);
  assert_string_equal (rig->policy.reason, "write of 4096 bytes at 8192 "
                       "failed: Input/output error");
  assert_int_equal (judge (rig, &b), POLICY_PARKED);
  /* The first is what it is stopped for. */
  assert_int_equal (rig->policy.io_status, MESSAGE_IO_FAILED);
  assert_false (policy_idle (&rig->policy));
  assert_int_equal (policy_reach (&rig->policy, 0), 8192 + 2 * 4096);
  policy_turn (&rig->policy);
  assert_null (rig->policy.due.head);
  policy_resume (&rig->policy);
  assert_false (rig->policy.stopped);
  assert_int_equal (rig->policy.io_status, MESSAGE_IO_OK);
  assert_string_equal (rig->policy.reason, "");
  assert_ptr_equal (request_pop (&rig->policy.due), &a);
  assert_ptr_equal (request_pop (&rig->policy.due), &b);
  assert_true (policy_idle (&rig->policy));
}

static void
test_enospc_stops_for_want_of_room_only (void **state)
{
  struct rig *rig = *state;
  struct request full = failed (BLKIF_WRITE, 1, ENOSPC);
  struct request broken = failed (BLKIF_WRITE, 1, EIO);

  rig->tune.on_write_error = TUNE_ENOSPC;
  assert_int_equal (judge (rig, &broken), POLICY_REPORT);
  assert_false (rig->policy.stopped);
  assert_int_equal (judge (rig, &full), POLICY_PARKED);
  assert_true (rig->policy.stopped);
  assert_int_equal (rig->policy.io_status, MESSAGE_IO_NOSPACE);
}

/* Neither stops a disk, nor is it ignored. */
static void
test_cancelled_and_unsupported_are_reported (void **state)
{
  static const enum tune_policy policies[] = { TUNE_STOP, TUNE_IGNORE };
  struct rig *rig = *state;

  for (unsigned i = 0; i < 2; i++) {
    struct request cancelled = failed (BLKIF_WRITE, 1, ECANCELED);
    struct request flush = failed (BLKIF_FLUSH, 0, ENOTSUP);
    struct request discard = failed (BLKIF_DISCARD, 0, ENOTSUP);

    rig->tune.on_write_error = policies[i];
    assert_int_equal (judge (rig, &cancelled), POLICY_REPORT);
    assert_int_equal (judge (rig, &flush), POLICY_REPORT);
    assert_int_equal (judge (rig, &discard), POLICY_REPORT);
  }
  assert_false (rig->policy.stopped);
}

/* A write that is not supported is an error as any other. */
static void
test_unsupported_write_is_judged (void **state)
{
  struct rig *rig = *state;
  struct request write = failed (BLKIF_WRITE, 1, ENOTSUP);

  rig->tune.on_write_error = TUNE_STOP;
  assert_int_equal (judge (rig, &write), POLICY_PARKED);
}

static void
test_empty_flush_is_tried_for_a_while (void **state)
{
  struct rig *rig = *state;
  struct request flush = failed (BLKIF_FLUSH, 0, EIO);

  for (unsigned i = 0; i < POLICY_TRIES; i++) {
    assert_int_equal (judge (rig, &flush), POLICY_PARKED);
    assert_false (rig->policy.stopped);
    policy_turn (&rig->policy);
    assert_null (rig->policy.due.head); /* not at once */
    assert_false (policy_idle (&rig->policy));
    let_timer_end (rig);
    policy_turn (&rig->policy);
    assert_ptr_equal (request_pop (&rig->policy.due), &flush);
  }
  assert_int_equal (judge (rig, &flush), POLICY_REPORT);
}

static void
test_flush_with_data_is_not (void **state)
{
  struct rig *rig = *state;
  struct request flush = failed (BLKIF_FLUSH, 1, EIO);
  struct request barrier = failed (BLKIF_BARRIER, 0, EIO);

  assert_int_equal (judge (rig, &flush), POLICY_REPORT);
  assert_int_equal (judge (rig, &barrier), POLICY_PARKED);
}

/* There is nobody to try with. */
static void
test_nor_where_the_server_was_given_up (void **state)
{
  struct rig *rig = *state;
  struct request flush = failed (BLKIF_FLUSH, 0, EIO);

  rig->server = NBD_CLIENT_GIVEN_UP;
  assert_int_equal (judge (rig, &flush), POLICY_REPORT);
}

/* Where it stops the disk, it waits for the operator as all else. */
static void
test_flush_stops_the_disk_at_once (void **state)
{
  struct rig *rig = *state;
  struct request flush = failed (BLKIF_FLUSH, 0, EIO);

  rig->tune.on_write_error = TUNE_STOP;
  assert_int_equal (judge (rig, &flush), POLICY_PARKED);
  assert_true (rig->policy.stopped);
  assert_false (ev_is_active (&rig->policy.timer));
  assert_int_equal (flush.tries, 0);
}

static void
test_flushes_wait_while_the_disk_is_stopped (void **state)
{
  struct rig *rig = *state;
  struct request flush = failed (BLKIF_FLUSH, 0, EIO);

  assert_int_equal (judge (rig, &flush), POLICY_PARKED);
  policy_stop (&rig->policy, "by the operator");
  assert_int_equal (rig->policy.io_status, MESSAGE_IO_OK);
  let_timer_end (rig);
  policy_turn (&rig->policy);
  assert_null (rig->policy.due.head);
  policy_resume (&rig->policy);
  policy_turn (&rig->policy);
  assert_ptr_equal (request_pop (&rig->policy.due), &flush);
}

static void
test_clear_cancels_all_there_is (void **state)
{
  struct rig *rig = *state;
  struct request flush = failed (BLKIF_FLUSH, 0, EIO);
  struct request write = failed (BLKIF_WRITE, 1, EIO);
  struct request due = failed (BLKIF_WRITE, 1, EIO);
  struct request_list list = { NULL, NULL };
  unsigned n = 0;

  assert_int_equal (judge (rig, &flush), POLICY_PARKED);
  rig->tune.on_write_error = TUNE_STOP;
  assert_int_equal (judge (rig, &due), POLICY_PARKED);
  policy_resume (&rig->policy);
  assert_int_equal (judge (rig, &write), POLICY_PARKED);
  policy_clear (&rig->policy, rig->loop, &list);
  for (struct request *r = list.head; r; r = r->next, n++)
    assert_int_equal (r->command.error, ECANCELED);
  assert_int_equal (n, 3);
  assert_true (policy_idle (&rig->policy));
  assert_false (rig->policy.stopped);
  assert_string_equal (rig->policy.reason, "");
  assert_false (ev_is_active (&rig->policy.timer));
}

#define TEST(function) \
  cmocka_unit_test_setup_teardown (function, set_up, tear_down)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_reads_and_all_else_have_their_own),
    TEST (test_ignored_read_is_of_zeroes),
    TEST (test_stop_parks_until_resume),
    TEST (test_enospc_stops_for_want_of_room_only),
    TEST (test_cancelled_and_unsupported_are_reported),
    TEST (test_unsupported_write_is_judged),
    TEST (test_empty_flush_is_tried_for_a_while),
    TEST (test_flush_with_data_is_not),
    TEST (test_nor_where_the_server_was_given_up),
    TEST (test_flush_stops_the_disk_at_once),
    TEST (test_flushes_wait_while_the_disk_is_stopped),
    TEST (test_clear_cancels_all_there_is),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

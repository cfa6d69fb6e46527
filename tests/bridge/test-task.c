/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker is told to do beside serving its disk: when it is done, and
 * what is said when it is not.  There are no lanes here: the test writes their
 * reports.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/worker/task.h"
#include "lanes-rig.h"

struct rig {
  struct ev_loop *loop;
  struct agreement *agreement;
  struct tasks tasks;
};

static int
set_up (void **state)
{
  static struct rig rig;

  rig.loop = ev_loop_new (0);
  assert_non_null (rig.loop);
  rig.agreement = lanes (1);
  tasks_init (&rig.tasks, rig.loop);
  *state = &rig;
  return 0;
}

static int
tear_down (void **state)
{
  struct rig *rig = *state;

  tasks_stop (&rig->tasks);
  ev_loop_destroy (rig->loop);
  return 0;
}

static void
begin (struct rig *rig, enum task_kind kind, uint64_t serial)
{
  const struct message_task message = { .kind = kind, .seconds = 10 };

  tasks_begin (&rig->tasks, rig->agreement, &message, serial);
}

/* As the worker does, whose lanes obey at once. */
static void
turn (struct rig *rig)
{
  tasks_turn (&rig->tasks, rig->agreement);
  agreement_pause (rig->agreement, tasks_want_pause (&rig->tasks));
  obey (rig->agreement);
}

static bool
runs (const struct rig *rig, enum task_kind kind)
{
  return ev_is_active (&rig->tasks.of[kind].deadline);
}

static void
assert_ended (const struct rig *rig, enum task_kind kind, uint64_t serial,
              const char *error)
{
  const struct task *task = &rig->tasks.of[kind];

  assert_int_equal (task->phase, TASK_NONE);
  assert_false (runs (rig, kind));
  assert_int_equal (task->end.serial, serial);
  assert_string_equal (task->end.error, error);
}

static void
let_time_pass (struct rig *rig, enum task_kind kind)
{
  ev_feed_event (rig->loop, &rig->tasks.of[kind].deadline, EV_TIMER);
  ev_invoke_pending (rig->loop);
}

static void
test_nothing_without_a_target (void **state)
{
  struct rig *rig = *state;

  rig->agreement->report[0].has_export = false;
  begin (rig, TASK_DRAIN, 5);
  assert_ended (rig, TASK_DRAIN, 5, "the target is not open");
}

static void
test_flush_ends_when_it_is_done (void **state)
{
  struct rig *rig = *state;

  begin (rig, TASK_FLUSH, 3);
  tasks_turn (&rig->tasks, rig->agreement);
  assert_true (runs (rig, TASK_FLUSH));
  assert_false (tasks_want_pause (&rig->tasks));
  assert_int_equal (rig->agreement->order[0].flushes, 1);
  obey (rig->agreement);
  rig->agreement->report[0].flush_error = EIO;
  tasks_turn (&rig->tasks, rig->agreement);
  assert_ended (rig, TASK_FLUSH, 3, "Input/output error");
}

static void
test_flush_needs_a_server_that_has_it (void **state)
{
  struct rig *rig = *state;

  rig->agreement->report[0].export.flush = false;
  begin (rig, TASK_FLUSH, 1);
  assert_ended (rig, TASK_FLUSH, 1, "the server does not offer flush");
  rig->agreement->report[0].export.flush = true;
  rig->agreement->report[0].server.state = NBD_CLIENT_HELD;
  strcpy (rig->agreement->report[0].server.reason, "refused");
  begin (rig, TASK_FLUSH, 2);
  assert_ended (rig, TASK_FLUSH, 2, "the server is away: refused");
  assert_int_equal (rig->agreement->order[0].flushes, 0);
}

static void
test_drain_pauses_until_nothing_is_in_flight (void **state)
{
  struct rig *rig = *state;

  begin (rig, TASK_DRAIN, 1);
  turn (rig);
  turn (rig);
  assert_true (runs (rig, TASK_DRAIN));
  assert_true (rig->agreement->order[0].paused);
  rig->agreement->report[0].drained = true;
  turn (rig);
  assert_ended (rig, TASK_DRAIN, 1, "");
  assert_false (rig->agreement->order[0].paused);
}

/* The same task, for another one who asks. */
static void
test_asked_again_is_the_same (void **state)
{
  struct rig *rig = *state;

  begin (rig, TASK_DRAIN, 1);
  turn (rig);
  begin (rig, TASK_DRAIN, 2);
  rig->agreement->report[0].drained = true;
  turn (rig);
  assert_ended (rig, TASK_DRAIN, 2, "");
}

/* All that was written is safe before the server is hung up on. */
static void
test_resize_drains_flushes_and_asks (void **state)
{
  struct rig *rig = *state;
  struct lane_order *order = &rig->agreement->order[0];

  begin (rig, TASK_RESIZE, 1);
  turn (rig);
  turn (rig);
  assert_int_equal (order->flushes, 0);
  rig->agreement->report[0].drained = true;
  tasks_turn (&rig->tasks, rig->agreement);
  assert_int_equal (order->flushes, 1);
  assert_int_equal (order->looks, 0);
  tasks_turn (&rig->tasks, rig->agreement);
  assert_int_equal (order->looks, 0);
  obey (rig->agreement);
  tasks_turn (&rig->tasks, rig->agreement);
  assert_int_equal (order->looks, 1);
  assert_true (runs (rig, TASK_RESIZE));
  obey (rig->agreement);
  turn (rig);
  assert_ended (rig, TASK_RESIZE, 1, "");
}

static void
test_failed_flush_ends_a_resize (void **state)
{
  struct rig *rig = *state;

  begin (rig, TASK_RESIZE, 1);
  turn (rig);
  rig->agreement->report[0].drained = true;
  turn (rig);
  rig->agreement->report[0].flush_error = EIO;
  turn (rig);
  assert_ended (rig, TASK_RESIZE, 1,
                "the server cannot flush: Input/output error");
  assert_int_equal (rig->agreement->order[0].looks, 0);
}

/* One that is away can be asked at once. */
static void
test_resize_of_a_server_that_is_away (void **state)
{
  struct rig *rig = *state;

  rig->agreement->report[0].server.state = NBD_CLIENT_HELD;
  begin (rig, TASK_RESIZE, 1);
  turn (rig);
  turn (rig);
  assert_int_equal (rig->agreement->order[0].flushes, 0);
  assert_int_equal (rig->agreement->order[0].looks, 1);
  strcpy (rig->agreement->report[0].server.reason, "too small");
  turn (rig);
  assert_ended (rig, TASK_RESIZE, 1, "too small");
}

static void
test_late_is_said_with_what_it_waits_for (void **state)
{
  struct rig *rig = *state;

  begin (rig, TASK_DRAIN, 1);
  turn (rig);
  rig->agreement->report[0].in_flight = 3;
  let_time_pass (rig, TASK_DRAIN);
  turn (rig);
  assert_ended (rig, TASK_DRAIN, 1, "3 requests are in flight still");
  assert_true (rig->tasks.of[TASK_DRAIN].end.late);

  agreement_stop (rig->agreement, "no room");
  begin (rig, TASK_DRAIN, 2);
  let_time_pass (rig, TASK_DRAIN);
  turn (rig);
  assert_ended (rig, TASK_DRAIN, 2, "3 requests are held, since the disk is "
                "stopped: no room");

  begin (rig, TASK_FLUSH, 3);
  let_time_pass (rig, TASK_FLUSH);
  turn (rig);
  assert_ended (rig, TASK_FLUSH, 3, "the server has not answered yet; the "
                "flush goes on");
}

static void
test_new_daemon_is_told_nothing (void **state)
{
  struct rig *rig = *state;

  begin (rig, TASK_DRAIN, 1);
  turn (rig);
  begin (rig, TASK_FLUSH, 2);
  obey (rig->agreement);
  turn (rig);
  assert_ended (rig, TASK_FLUSH, 2, "");
  tasks_forget (&rig->tasks);
  assert_int_equal (rig->tasks.of[TASK_FLUSH].end.serial, 0);
  rig->agreement->report[0].drained = true;
  turn (rig);
  assert_ended (rig, TASK_DRAIN, 0, "");
}

#define TEST(function) \
  cmocka_unit_test_setup_teardown (function, set_up, tear_down)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_nothing_without_a_target),
    TEST (test_flush_ends_when_it_is_done),
    TEST (test_flush_needs_a_server_that_has_it),
    TEST (test_drain_pauses_until_nothing_is_in_flight),
    TEST (test_asked_again_is_the_same),
    TEST (test_resize_drains_flushes_and_asks),
    TEST (test_failed_flush_ends_a_resize),
    TEST (test_resize_of_a_server_that_is_away),
    TEST (test_late_is_said_with_what_it_waits_for),
    TEST (test_new_daemon_is_told_nothing),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

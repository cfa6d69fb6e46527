/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the lanes of a disk do together: barriers, of which one runs at a time,
 * and being stopped.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lanes-rig.h"

/* Barriers. */

static void
test_one_lane_needs_no_leave (void **state)
{
  struct agreement *agreement = lanes (1);

  (void) state;
  agreement->report[0].barrier = 7;
  agreement_turn (agreement, true);
  assert_false (agreement->untold);
  assert_false (agreement->order[0].paused);
}

static void
test_barrier_runs_when_others_are_quiet (void **state)
{
  struct agreement *agreement = lanes (LANES);

  (void) state;
  agreement->report[1].barrier = 7;
  agreement_turn (agreement, true);
  assert_true (agreement->order[0].paused);
  assert_false (agreement->order[1].paused);
  assert_true (agreement->order[2].paused);
  assert_int_equal (agreement->order[1].barrier, 0);

  /* What was quiet before the order to pause may not be so any more. */
  agreement->report[0].quiet = agreement->report[2].quiet = true;
  agreement_turn (agreement, true);
  assert_int_equal (agreement->order[1].barrier, 0);

  obey (agreement);
  agreement->report[2].quiet = false;
  agreement_turn (agreement, true);
  assert_int_equal (agreement->order[1].barrier, 0);

  agreement->report[2].quiet = true;
  agreement_turn (agreement, true);
  assert_int_equal (agreement->order[1].barrier, 7);
  assert_int_equal (agreement->order[0].barrier, 0);

  /* It is over: all go on. */
  obey (agreement);
  agreement->report[1].barrier = 0;
  agreement_turn (agreement, true);
  for (unsigned i = 0; i < LANES; i++)
    assert_false (agreement->order[i].paused);
}

/* Quiet are the others also with barriers of their own that have not begun. */
static void
test_one_barrier_at_a_time (void **state)
{
  struct agreement *agreement = lanes (2);

  (void) state;
  agreement->report[0].barrier = 3;
  agreement->report[1].barrier = 5;
  agreement->report[0].quiet = agreement->report[1].quiet = true;
  for (unsigned round = 0; round < 4; round++) {
    agreement_turn (agreement, true);
    obey (agreement);
  }
  assert_int_equal ((agreement->order[0].barrier == 3) +
                    (agreement->order[1].barrier == 5), 1);
}

/* Between two of one lane the others have a turn. */
static void
test_barriers_do_not_starve_others (void **state)
{
  struct agreement *agreement = lanes (2);
  bool ran = false;

  (void) state;
  agreement->report[0].barrier = 1;
  for (unsigned round = 0; round < 3; round++) {
    agreement->report[1].quiet = true;
    agreement_turn (agreement, true);
    obey (agreement);
  }
  assert_int_equal (agreement->order[0].barrier, 1);
  agreement->report[0].barrier = 2; /* the next is there at once */
  agreement_turn (agreement, true);
  ran |= !agreement->order[1].paused;
  assert_true (ran);
  assert_int_equal (agreement->order[0].barrier, 1);
}

static void
test_barriers_go_round (void **state)
{
  struct agreement *agreement = lanes (LANES);
  unsigned ran[LANES] = { 0 };

  (void) state;
  for (unsigned i = 0; i < LANES; i++)
    agreement->report[i].barrier = 1;
  for (unsigned round = 0; round < 60; round++) {
    for (unsigned i = 0; i < LANES; i++)
      agreement->report[i].quiet = true;
    agreement_turn (agreement, true);
    obey (agreement);
    for (unsigned i = 0; i < LANES; i++)
      if (agreement->order[i].barrier == agreement->report[i].barrier) {
        ran[i]++;
        agreement->report[i].barrier++;
      }
  }
  for (unsigned i = 0; i < LANES; i++) {
    assert_true (ran[i] > 3);
    assert_true (ran[i] + 1 >= ran[0] && ran[0] + 1 >= ran[i]);
  }
}

/* Who paused all for its own reasons does not have them let go. */
static void
test_pause_stays_with_barriers (void **state)
{
  struct agreement *agreement = lanes (2);

  (void) state;
  agreement_pause (agreement, true);
  obey (agreement);
  agreement->report[0].barrier = 1;
  agreement->report[1].quiet = true;
  agreement_turn (agreement, true);
  assert_true (agreement->order[0].paused);
  agreement->report[0].barrier = 0;
  agreement_turn (agreement, true);
  assert_true (agreement->order[0].paused);
  assert_true (agreement->order[1].paused);
  agreement_pause (agreement, false);
  assert_false (agreement->order[0].paused);
  assert_false (agreement->order[1].paused);
}

/* Stopping. */

static void
test_all_stop_with_the_first (void **state)
{
  struct agreement *agreement = lanes (LANES);
  unsigned io_status;

  (void) state;
  assert_null (agreement_stopped (agreement, &io_status));
  agreement->report[1].stopped = true;
  agreement->report[1].io_status = MESSAGE_IO_NOSPACE;
  snprintf (agreement->report[1].why, sizeof agreement->report[1].why,
            "no room");
  agreement_turn (agreement, true);
  for (unsigned i = 0; i < LANES; i++) {
    assert_true (agreement->order[i].stopped);
    assert_string_equal (agreement->order[i].why, "no room");
  }
  assert_true (agreement->untold);
  assert_string_equal (agreement_stopped (agreement, &io_status), "no room");
  assert_int_equal (io_status, MESSAGE_IO_NOSPACE);
}

static void
test_not_before_all_rings_are_up (void **state)
{
  struct agreement *agreement = lanes (2);
  unsigned io_status;

  (void) state;
  agreement->report[1].stopped = true;
  agreement_turn (agreement, false);
  assert_null (agreement_stopped (agreement, &io_status));
}

static void
test_resume_is_for_all (void **state)
{
  struct agreement *agreement = lanes (2);
  unsigned io_status;

  (void) state;
  agreement_resume (agreement); /* of what is not stopped: nothing */
  assert_false (agreement->untold);
  agreement_stop (agreement, "by the operator");
  agreement_stop (agreement, "again");
  assert_string_equal (agreement_stopped (agreement, &io_status),
                       "by the operator");
  obey (agreement);
  agreement_resume (agreement);
  assert_null (agreement_stopped (agreement, &io_status));
  for (unsigned i = 0; i < 2; i++) {
    assert_false (agreement->order[i].stopped);
    assert_int_equal (agreement->order[i].resumes, 1);
  }
}

/* A report of before the disk went on says nothing. */
static void
test_old_report_does_not_stop_again (void **state)
{
  struct agreement *agreement = lanes (2);
  unsigned io_status;

  (void) state;
  agreement_stop (agreement, "by the operator");
  obey (agreement);
  agreement_resume (agreement);
  agreement_turn (agreement, true);
  assert_null (agreement_stopped (agreement, &io_status));
  obey (agreement);
  agreement_turn (agreement, true);
  assert_null (agreement_stopped (agreement, &io_status));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_one_lane_needs_no_leave),
    cmocka_unit_test (test_barrier_runs_when_others_are_quiet),
    cmocka_unit_test (test_one_barrier_at_a_time),
    cmocka_unit_test (test_barriers_do_not_starve_others),
    cmocka_unit_test (test_barriers_go_round),
    cmocka_unit_test (test_pause_stays_with_barriers),
    cmocka_unit_test (test_all_stop_with_the_first),
    cmocka_unit_test (test_not_before_all_rings_are_up),
    cmocka_unit_test (test_resume_is_for_all),
    cmocka_unit_test (test_old_report_does_not_stop_again),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

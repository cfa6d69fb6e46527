/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the lanes of a disk come to together: orders and reports, who may be a
 * lane, the export's size, and what the worker asks.  There are no lanes here:
 * the test reads their orders and writes their reports.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lanes-rig.h"

/* Orders and reports. */

static void
test_change_makes_reports_old (void **state)
{
  struct agreement *agreement = lanes (LANES);

  (void) state;
  assert_true (agreement_all_current (agreement));
  assert_false (agreement->untold);
  agreement_change (agreement);
  assert_true (agreement->untold);
  assert_false (agreement_all_current (agreement));
  for (unsigned i = 0; i < LANES; i++) {
    assert_false (agreement_is_current (agreement, i));
    obey_one (agreement, i);
    assert_true (agreement_is_current (agreement, i));
    assert_int_equal (agreement_all_current (agreement), i == LANES - 1);
  }
}

static void
test_rings_are_dealt_out (void **state)
{
  struct agreement *agreement = lanes (LANES);

  (void) state;
  for (unsigned i = 0; i < LANES; i++) {
    assert_ptr_equal (agreement->order[i].rings, &rings);
    assert_int_equal (agreement->order[i].first, i);
    assert_int_equal (agreement->order[i].volumes, LANES);
  }
  assert_int_equal (agreement_connected (agreement), LANES);
  agreement_give_back (agreement);
  for (unsigned i = 0; i < LANES; i++)
    assert_null (agreement->order[i].rings);
  assert_int_equal (agreement_connected (agreement), LANES); /* still */
  obey (agreement);
  assert_int_equal (agreement_connected (agreement), 0);
}

static void
test_ended_lanes_count_no_more (void **state)
{
  struct agreement *agreement = lanes (LANES);

  (void) state;
  for (unsigned i = 0; i < LANES; i++) {
    agreement->report[i].server.connects = 10 + i;
    agreement->report[i].in_flight = 1;
  }
  assert_int_equal (agreement_connects (agreement), 33);
  assert_int_equal (agreement_in_flight (agreement), 3);
  agreement_end (agreement, 1);
  assert_int_equal (agreement->running, 1);
  assert_int_equal (agreement->serving, 1);
  assert_int_equal (agreement_connects (agreement), 33);
  assert_int_equal (agreement_in_flight (agreement), 1);
  agreement_add (agreement);
  assert_int_equal (agreement->report[1].server.connects, 0);
  assert_int_equal (agreement->order[1].number, 0);
}

/* Who may be a lane. */

static void
test_several_are_wanted_where_they_are_consistent (void **state)
{
  struct agreement *agreement = one_lane ();
  struct lane_report *report = &agreement->report[0];

  (void) state;
  assert_int_equal (agreement_wanted (agreement, 8, 4), 4);
  assert_int_equal (agreement_wanted (agreement, 2, 4), 2);
  assert_int_equal (agreement_wanted (agreement, 2, 1), 1);
  report->export.multi_conn = false;
  assert_int_equal (agreement_wanted (agreement, 8, 4), 1);
  report->export.multi_conn = true;
  report->export.minimum_block = 4096;
  assert_int_equal (agreement_wanted (agreement, 8, 4), 1);
  report->export.minimum_block = 1;
  report->server.state = NBD_CLIENT_HELD;
  assert_int_equal (agreement_wanted (agreement, 8, 4), 1);
}

static void
test_others_have_the_same_export (void **state)
{
  struct agreement *agreement = lanes (2);
  struct lane_report *report = &agreement->report[1];
  const struct lane_report good = *report;

  (void) state;
  assert_true (agreement_usable (agreement, 1));
  report->export.size -= 512;
  assert_false (agreement_usable (agreement, 1));
  *report = good;
  report->export.flush = false;
  assert_false (agreement_usable (agreement, 1));
  *report = good;
  report->export.multi_conn = false;
  assert_false (agreement_usable (agreement, 1));
  *report = good;
  report->server.state = NBD_CLIENT_HELD;
  assert_false (agreement_usable (agreement, 1));
  *report = good;
  report->has_export = false;
  assert_false (agreement_usable (agreement, 1));
}

static void
test_one_attempt_decides (void **state)
{
  struct agreement *agreement = one_lane ();

  (void) state;
  agreement_add (agreement);
  assert_false (agreement_decided (agreement, 1));
  agreement->report[1].server.attempts = 1;
  assert_true (agreement_decided (agreement, 1));
  assert_true (agreement_decided (agreement, 0));
}

/* Size. */

static void
test_smallest_size_is_the_disks (void **state)
{
  struct agreement *agreement = lanes (LANES);
  struct nbd_client_export space;

  (void) state;
  agreement->report[1].export.size = 4096;
  agreement->report[1].export.real_size = 4097;
  agreement->report[2].export.size = 8192;
  assert_int_equal (agreement_export (agreement, &space)->size, 4096);
  assert_int_equal (space.real_size, 4097);
  agreement->report[0].has_export = false;
  assert_null (agreement_export (agreement, &space));
}

/* No lane's export may be smaller than what any lane has still to do. */
static void
test_floor_is_the_farthest_of_all (void **state)
{
  struct agreement *agreement = lanes (LANES);

  (void) state;
  agreement->report[0].reach = 512;
  agreement->report[1].reach = 8192;
  agreement_ask_size (agreement, true);
  assert_false (agreement_asked_size (agreement));
  for (unsigned i = 0; i < LANES; i++) {
    assert_int_equal (agreement->order[i].floor, 8192);
    assert_true (agreement->order[i].may_shrink);
    assert_int_equal (agreement->order[i].looks, 1);
  }
  obey (agreement);
  assert_true (agreement_asked_size (agreement));
  agreement->report[2].looks = 0; /* it is still looking */
  assert_false (agreement_asked_size (agreement));
}

/* What the worker asks. */

static void
test_flush_is_done_when_all_have (void **state)
{
  struct agreement *agreement = lanes (2);
  int error;

  (void) state;
  agreement_flush (agreement);
  assert_false (agreement_flushed (agreement, &error));
  obey_one (agreement, 0);
  assert_false (agreement_flushed (agreement, &error));
  obey_one (agreement, 1);
  assert_true (agreement_flushed (agreement, &error));
  assert_int_equal (error, 0);
  agreement->report[0].flush_error = EIO;
  assert_true (agreement_flushed (agreement, &error));
  assert_int_equal (error, EIO);
}

static void
test_drained_are_all_or_none (void **state)
{
  struct agreement *agreement = lanes (2);

  (void) state;
  agreement_pause (agreement, true);
  agreement->report[0].drained = agreement->report[1].drained = true;
  assert_false (agreement_drained (agreement)); /* that was before */
  obey (agreement);
  assert_true (agreement_drained (agreement));
  agreement->report[1].drained = false;
  assert_false (agreement_drained (agreement));
}

/* A server that is away has nothing; a stopped disk has sent nothing. */
static void
test_nothing_is_sent_where_nobody_takes_it (void **state)
{
  struct agreement *agreement = lanes (2);

  (void) state;
  agreement_pause (agreement, true);
  obey (agreement);
  agreement->report[0].drained = true;
  assert_false (agreement_nothing_sent (agreement));
  agreement->report[1].server.state = NBD_CLIENT_HELD;
  assert_true (agreement_nothing_sent (agreement));
  agreement->report[1].server.state = NBD_CLIENT_SLOW;
  agreement->report[1].stopped = true;
  assert_false (agreement_nothing_sent (agreement));
  agreement->report[1].unsent = true;
  assert_true (agreement_nothing_sent (agreement));
  agreement_pause (agreement, false);
  obey (agreement);
  assert_false (agreement_nothing_sent (agreement));
}

static void
test_worst_server_is_told (void **state)
{
  struct agreement *agreement = lanes (LANES);

  (void) state;
  assert_true (agreement_server_is_there (agreement));
  agreement->report[1].server.state = NBD_CLIENT_SLOW;
  assert_true (agreement_server_is_there (agreement));
  agreement->report[2].server.state = NBD_CLIENT_HELD;
  assert_ptr_equal (agreement_server (agreement),
                    &agreement->report[2].server);
  assert_false (agreement_server_is_there (agreement));
}

static void
test_sector_size_stays (void **state)
{
  struct agreement *agreement = lanes (2);
  struct tune tune = agreement->tune;
  const uint32_t before = tune.sector_size;

  (void) state;
  tune.sector_size = before == 512 ? 4096 : 512;
  tune.on_write_error = TUNE_STOP;
  agreement_set_tune (agreement, &tune);
  for (unsigned i = 0; i < 2; i++) {
    assert_int_equal (agreement->order[i].tune.sector_size, before);
    assert_int_equal (agreement->order[i].tune.on_write_error, TUNE_STOP);
  }
  assert_true (agreement->untold);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_change_makes_reports_old),
    cmocka_unit_test (test_rings_are_dealt_out),
    cmocka_unit_test (test_ended_lanes_count_no_more),
    cmocka_unit_test (test_several_are_wanted_where_they_are_consistent),
    cmocka_unit_test (test_others_have_the_same_export),
    cmocka_unit_test (test_one_attempt_decides),
    cmocka_unit_test (test_smallest_size_is_the_disks),
    cmocka_unit_test (test_floor_is_the_farthest_of_all),
    cmocka_unit_test (test_flush_is_done_when_all_have),
    cmocka_unit_test (test_drained_are_all_or_none),
    cmocka_unit_test (test_nothing_is_sent_where_nobody_takes_it),
    cmocka_unit_test (test_worst_server_is_told),
    cmocka_unit_test (test_sector_size_stays),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

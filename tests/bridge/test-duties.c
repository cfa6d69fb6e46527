/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What has to be done for a request, in which order, and what comes after each
 * of it.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/worker/duties.h"

/* Plans. */

static unsigned
plan (enum blkif_kind kind, unsigned nsegments)
{
  struct request request = {
    .io = { .kind = kind, .nsegments = nsegments }, .duties = ~0u,
  };

  duties_plan (&request, false, false);
  assert_false (request.fua);
  return request.duties;
}

static void
test_plain_operations_have_one_duty (void **state)
{
  (void) state;
  assert_int_equal (plan (BLKIF_READ, 1), DUTIES_DATA);
  assert_int_equal (plan (BLKIF_WRITE, 11), DUTIES_DATA);
  assert_int_equal (plan (BLKIF_DISCARD, 0), DUTIES_DATA);
}

static void
test_flush_comes_before_its_data (void **state)
{
  (void) state;
  assert_int_equal (plan (BLKIF_FLUSH, 0), DUTIES_FLUSH_BEFORE);
  assert_int_equal (plan (BLKIF_FLUSH, 1),
                    DUTIES_FLUSH_BEFORE | DUTIES_DATA);
}

static void
test_barrier_has_its_data_flushed_too (void **state)
{
  (void) state;
  assert_int_equal (plan (BLKIF_BARRIER, 0), DUTIES_FLUSH_BEFORE);
  assert_int_equal (plan (BLKIF_BARRIER, 1), DUTIES_FLUSH_BEFORE |
                    DUTIES_DATA | DUTIES_FLUSH_AFTER);
}

static unsigned
plan_durable (enum blkif_kind kind, unsigned nsegments, bool fua)
{
  struct request request = { .io = { .kind = kind, .nsegments = nsegments } };

  duties_plan (&request, fua, true);
  return request.duties | (request.fua ? 0x80 : 0);
}

static void
test_without_a_cache_writes_are_durable (void **state)
{
  (void) state;
  assert_int_equal (plan_durable (BLKIF_READ, 1, false), DUTIES_DATA);
  assert_int_equal (plan_durable (BLKIF_READ, 1, true), DUTIES_DATA);
  assert_int_equal (plan_durable (BLKIF_DISCARD, 0, true), DUTIES_DATA);
  assert_int_equal (plan_durable (BLKIF_FLUSH, 0, true), DUTIES_FLUSH_BEFORE);
  assert_int_equal (plan_durable (BLKIF_WRITE, 1, false),
                    DUTIES_DATA | DUTIES_SHARED_FLUSH);
  assert_int_equal (plan_durable (BLKIF_WRITE, 1, true), DUTIES_DATA | 0x80);
  assert_int_equal (plan_durable (BLKIF_FLUSH, 1, false),
                    DUTIES_FLUSH_BEFORE | DUTIES_DATA | DUTIES_SHARED_FLUSH);
}

static void
test_barrier_uses_fua_where_there_is_one (void **state)
{
  struct request request = {
    .io = { .kind = BLKIF_BARRIER, .nsegments = 1 }
  };

  (void) state;
  duties_plan (&request, true, false);
  assert_int_equal (request.duties, DUTIES_FLUSH_BEFORE | DUTIES_DATA);
  assert_true (request.fua);
}

/* One after the other. */

static void
test_duties_come_in_order (void **state)
{
  struct request request = {
    .duties = DUTIES_FLUSH_BEFORE | DUTIES_DATA | DUTIES_SHARED_FLUSH,
  };

  (void) state;
  assert_int_equal (duties_next (&request), DUTY_FLUSH);
  assert_int_equal (request.duties, DUTIES_DATA | DUTIES_SHARED_FLUSH);
  assert_int_equal (duties_next (&request), DUTY_DATA);
  assert_int_equal (duties_next (&request), DUTY_SHARED_FLUSH);
  assert_int_equal (duties_next (&request), DUTY_NONE);
  assert_int_equal (duties_next (&request), DUTY_NONE);
}

static void
test_flush_after_is_a_flush (void **state)
{
  struct request request = { .duties = DUTIES_DATA | DUTIES_FLUSH_AFTER };

  (void) state;
  assert_int_equal (duties_next (&request), DUTY_DATA);
  assert_int_equal (duties_next (&request), DUTY_FLUSH);
  assert_int_equal (duties_next (&request), DUTY_NONE);
}

/* A command has ended. */

static struct request
ended (enum nbd_client_op op, int error, unsigned connection)
{
  return (struct request) {
    .io = { .kind = BLKIF_WRITE, .nsegments = 1 },
    .command = { .op = op, .error = error, .connection = connection },
  };
}

static void
test_what_went_well_goes_on (void **state)
{
  struct request request = ended (NBD_CLIENT_WRITE, 0, 3);

  (void) state;
  assert_int_equal (duties_ended (&request), DUTIES_DONE);
  assert_int_equal (request.written, 3);
}

static void
test_failed_is_judged_alone (void **state)
{
  struct request member, leader = ended (NBD_CLIENT_READ, EIO, 1);

  (void) state;
  assert_int_equal (duties_ended (&leader), DUTIES_FAILED);
  leader.members = &member;
  assert_int_equal (duties_ended (&leader), DUTIES_SPLIT);
}

/* Who is cancelled is not tried again. */
static void
test_cancelled_is_not_split (void **state)
{
  struct request member, leader = ended (NBD_CLIENT_WRITE, ECANCELED, 1);

  (void) state;
  leader.members = &member;
  assert_int_equal (duties_ended (&leader), DUTIES_FAILED);
}

static void
test_flush_covers_its_own_connection_only (void **state)
{
  struct request request = ended (NBD_CLIENT_FLUSH, 0, 2);

  (void) state;
  request.written = 2;
  assert_int_equal (duties_ended (&request), DUTIES_DONE);
  request.written = 1;
  assert_int_equal (duties_ended (&request), DUTIES_AGAIN);
  request.command.error = EIO;
  assert_int_equal (duties_ended (&request), DUTIES_FAILED);
}

/* The flush that comes first has nothing of its own to cover. */
static void
test_flush_before_is_never_too_late (void **state)
{
  struct request request = ended (NBD_CLIENT_FLUSH, 0, 2);

  (void) state;
  request.written = 1; /* of another time */
  request.duties = DUTIES_DATA;
  assert_int_equal (duties_ended (&request), DUTIES_DONE);
  request.duties = 0;
  request.io.nsegments = 0;
  assert_int_equal (duties_ended (&request), DUTIES_DONE);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_plain_operations_have_one_duty),
    cmocka_unit_test (test_flush_comes_before_its_data),
    cmocka_unit_test (test_barrier_has_its_data_flushed_too),
    cmocka_unit_test (test_without_a_cache_writes_are_durable),
    cmocka_unit_test (test_barrier_uses_fua_where_there_is_one),
    cmocka_unit_test (test_duties_come_in_order),
    cmocka_unit_test (test_flush_after_is_a_flush),
    cmocka_unit_test (test_what_went_well_goes_on),
    cmocka_unit_test (test_failed_is_judged_alone),
    cmocka_unit_test (test_cancelled_is_not_split),
    cmocka_unit_test (test_flush_covers_its_own_connection_only),
    cmocka_unit_test (test_flush_before_is_never_too_late),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Lists of requests, what has to be done for one, and which make one NBD
 * command.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/worker/request.h"
#include "xenbus/xen-public.h"

#define LIMIT NBD_CLIENT_TRANSFER_MAX

/* Lists. */

static void
test_empty_list_gives_nothing (void **state)
{
  struct request_list list = { NULL, NULL };

  (void) state;
  assert_null (request_pop (&list));
  assert_null (list.head);
  assert_null (list.tail);
}

static void
test_appended_come_out_in_order (void **state)
{
  struct request_list list = { NULL, NULL };
  struct request requests[3] = { { .next = &requests[2] } };

  (void) state;
  for (unsigned round = 0; round < 2; round++) {
    for (unsigned i = 0; i < 3; i++)
      request_append (&list, &requests[i]);
    for (unsigned i = 0; i < 3; i++)
      assert_ptr_equal (request_pop (&list), &requests[i]);
    assert_null (request_pop (&list));
  }
}

static void
test_prepended_comes_out_first (void **state)
{
  struct request_list list = { NULL, NULL };
  struct request requests[3];

  (void) state;
  request_prepend (&list, &requests[1]);
  request_append (&list, &requests[2]);
  request_prepend (&list, &requests[0]);
  for (unsigned i = 0; i < 3; i++)
    assert_ptr_equal (request_pop (&list), &requests[i]);
  assert_null (request_pop (&list));
}

static void
test_list_may_run_empty_in_between (void **state)
{
  struct request_list list = { NULL, NULL };
  struct request a, b;

  (void) state;
  request_append (&list, &a);
  assert_ptr_equal (request_pop (&list), &a);
  request_append (&list, &b);
  request_append (&list, &a);
  assert_ptr_equal (request_pop (&list), &b);
  assert_ptr_equal (list.head, list.tail);
  assert_ptr_equal (request_pop (&list), &a);
  assert_null (list.tail);
}

static void
test_popped_request_is_on_no_list (void **state)
{
  struct request_list list = { NULL, NULL };
  struct request a, b;

  (void) state;
  request_append (&list, &a);
  request_append (&list, &b);
  assert_null (request_pop (&list)->next);
}

static void
test_command_leads_to_its_request (void **state)
{
  struct request request;

  (void) state;
  assert_ptr_equal (request_of (&request.command), &request);
}

/* Plans. */

static unsigned
plan (enum blkif_kind kind, unsigned nsegments)
{
  struct request request = {
    .io = { .kind = kind, .nsegments = nsegments }, .steps = ~0u,
  };

  request_plan (&request, false, false);
  assert_false (request.fua);
  return request.steps;
}

static void
test_plain_operations_have_one_step (void **state)
{
  (void) state;
  assert_int_equal (plan (BLKIF_READ, 1), REQUEST_DATA);
  assert_int_equal (plan (BLKIF_WRITE, 11), REQUEST_DATA);
  assert_int_equal (plan (BLKIF_DISCARD, 0), REQUEST_DATA);
}

static void
test_flush_comes_before_its_data (void **state)
{
  (void) state;
  assert_int_equal (plan (BLKIF_FLUSH, 0), REQUEST_FLUSH_BEFORE);
  assert_int_equal (plan (BLKIF_FLUSH, 1),
                    REQUEST_FLUSH_BEFORE | REQUEST_DATA);
}

static void
test_barrier_has_its_data_flushed_too (void **state)
{
  (void) state;
  assert_int_equal (plan (BLKIF_BARRIER, 0), REQUEST_FLUSH_BEFORE);
  assert_int_equal (plan (BLKIF_BARRIER, 1), REQUEST_FLUSH_BEFORE |
                    REQUEST_DATA | REQUEST_FLUSH_AFTER);
}

static unsigned
plan_durable (enum blkif_kind kind, unsigned nsegments, bool fua)
{
  struct request request = { .io = { .kind = kind, .nsegments = nsegments } };

  request_plan (&request, fua, true);
  return request.steps | (request.fua ? 0x80 : 0);
}

static void
test_without_a_cache_writes_are_durable (void **state)
{
  (void) state;
  assert_int_equal (plan_durable (BLKIF_READ, 1, false), REQUEST_DATA);
  assert_int_equal (plan_durable (BLKIF_READ, 1, true), REQUEST_DATA);
  assert_int_equal (plan_durable (BLKIF_DISCARD, 0, true), REQUEST_DATA);
  assert_int_equal (plan_durable (BLKIF_FLUSH, 0, true), REQUEST_FLUSH_BEFORE);
  assert_int_equal (plan_durable (BLKIF_WRITE, 1, false),
                    REQUEST_DATA | REQUEST_SYNC);
  assert_int_equal (plan_durable (BLKIF_WRITE, 1, true), REQUEST_DATA | 0x80);
  assert_int_equal (plan_durable (BLKIF_FLUSH, 1, false),
                    REQUEST_FLUSH_BEFORE | REQUEST_DATA | REQUEST_SYNC);
}

static void
test_barrier_uses_fua_where_there_is_one (void **state)
{
  struct request request = {
    .io = { .kind = BLKIF_BARRIER, .nsegments = 1 }
  };

  (void) state;
  request_plan (&request, true, false);
  assert_int_equal (request.steps, REQUEST_FLUSH_BEFORE | REQUEST_DATA);
  assert_true (request.fua);
}

/* Merging. */

static struct request
request (enum blkif_kind kind, uint64_t offset, uint64_t length)
{
  return (struct request) {
    .io = { .kind = kind, .offset = offset, .length = length,
            .nsegments = (length + 4095) / 4096 },
  };
}

static void
test_neighbours_of_one_kind_are_merged (void **state)
{
  const struct request read = request (BLKIF_READ, 8192, 4096);
  const struct request next_read = request (BLKIF_READ, 12288, 512);
  const struct request write = request (BLKIF_WRITE, 8192, 4096);
  const struct request next_write = request (BLKIF_WRITE, 12288, 512);

  (void) state;
  assert_true (request_continues (&read, 12288, &next_read, LIMIT));
  assert_true (request_continues (&write, 12288, &next_write, LIMIT));
  assert_false (request_continues (&read, 12288, &next_write, LIMIT));
  assert_false (request_continues (&write, 12288, &next_read, LIMIT));
}

static void
test_only_reads_and_writes_are_merged (void **state)
{
  (void) state;
  for (unsigned a = BLKIF_READ; a <= BLKIF_DISCARD; a++)
    for (unsigned b = BLKIF_READ; b <= BLKIF_DISCARD; b++) {
      const struct request leader = request (a, 0, 4096);
      const struct request next = request (b, 4096, 4096);

      assert_int_equal (request_continues (&leader, 4096, &next, LIMIT),
                        a == b && (a == BLKIF_READ || a == BLKIF_WRITE));
    }
}

static void
test_gaps_and_overlaps_are_not_merged (void **state)
{
  const struct request leader = request (BLKIF_WRITE, 8192, 4096);
  const struct request gap = request (BLKIF_WRITE, 12800, 4096);
  const struct request overlap = request (BLKIF_WRITE, 11776, 4096);
  const struct request again = request (BLKIF_WRITE, 8192, 4096);
  const struct request before = request (BLKIF_WRITE, 4096, 4096);

  (void) state;
  assert_false (request_continues (&leader, 12288, &gap, LIMIT));
  assert_false (request_continues (&leader, 12288, &overlap, LIMIT));
  assert_false (request_continues (&leader, 12288, &again, LIMIT));
  assert_false (request_continues (&leader, 12288, &before, LIMIT));
}

/* The members' end counts, not the leader's. */
static void
test_third_continues_the_second (void **state)
{
  const struct request leader = request (BLKIF_READ, 0, 4096);
  const struct request third = request (BLKIF_READ, 8192, 4096);

  (void) state;
  assert_false (request_continues (&leader, 4096, &third, LIMIT));
  assert_true (request_continues (&leader, 8192, &third, LIMIT));
}

static void
test_limit_is_of_all_together (void **state)
{
  const uint64_t start = UINT64_C (1) << 62;
  const struct request leader = request (BLKIF_READ, start, 4096);
  const struct request next = request (BLKIF_READ, start + LIMIT - 4096, 4096);

  (void) state;
  assert_true (request_continues (&leader, start + LIMIT - 4096, &next,
                                  LIMIT));
  assert_false (request_continues (&leader, start + LIMIT - 4096, &next,
                                   LIMIT - 1));
}

/* Statuses. */

static void
test_success_is_okay (void **state)
{
  (void) state;
  for (unsigned kind = BLKIF_READ; kind <= BLKIF_DISCARD; kind++) {
    const struct request r = request (kind, 0, 0);

    assert_int_equal (request_status (&r, 0), BLKIF_RSP_OKAY);
  }
}

static void
test_errors_are_errors (void **state)
{
  static const int errors[] = { EIO, ENOSPC, EPERM, EINVAL, ECANCELED,
                                ENOMEM, ESHUTDOWN, EOVERFLOW };

  (void) state;
  for (unsigned kind = BLKIF_READ; kind <= BLKIF_DISCARD; kind++)
    for (unsigned i = 0; i < sizeof errors / sizeof errors[0]; i++) {
      const struct request r = request (kind, 0, 0);

      assert_int_equal (request_status (&r, errors[i]), BLKIF_RSP_ERROR);
    }
}

/* No guest can do without reading and writing. */
static void
test_only_what_is_optional_is_unsupported (void **state)
{
  (void) state;
  for (unsigned kind = BLKIF_READ; kind <= BLKIF_DISCARD; kind++) {
    const struct request r = request (kind, 0, 0);

    assert_int_equal (request_status (&r, ENOTSUP),
                      kind == BLKIF_READ || kind == BLKIF_WRITE
                      ? BLKIF_RSP_ERROR : BLKIF_RSP_EOPNOTSUPP);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_empty_list_gives_nothing),
    cmocka_unit_test (test_appended_come_out_in_order),
    cmocka_unit_test (test_prepended_comes_out_first),
    cmocka_unit_test (test_list_may_run_empty_in_between),
    cmocka_unit_test (test_popped_request_is_on_no_list),
    cmocka_unit_test (test_command_leads_to_its_request),
    cmocka_unit_test (test_plain_operations_have_one_step),
    cmocka_unit_test (test_flush_comes_before_its_data),
    cmocka_unit_test (test_barrier_has_its_data_flushed_too),
    cmocka_unit_test (test_without_a_cache_writes_are_durable),
    cmocka_unit_test (test_barrier_uses_fua_where_there_is_one),
    cmocka_unit_test (test_neighbours_of_one_kind_are_merged),
    cmocka_unit_test (test_only_reads_and_writes_are_merged),
    cmocka_unit_test (test_gaps_and_overlaps_are_not_merged),
    cmocka_unit_test (test_third_continues_the_second),
    cmocka_unit_test (test_limit_is_of_all_together),
    cmocka_unit_test (test_success_is_okay),
    cmocka_unit_test (test_errors_are_errors),
    cmocka_unit_test (test_only_what_is_optional_is_unsupported),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

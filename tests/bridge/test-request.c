/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Rows of requests, and what is said of one.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/worker/request.h"
#include "xenbus/xen-public.h"

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

static void
test_rows_are_joined (void **state)
{
  struct request_list list = { NULL, NULL }, more = { NULL, NULL };
  struct request a, b, c;

  (void) state;
  request_append_all (&list, &more);
  assert_null (list.head);
  request_append (&more, &a);
  request_append_all (&list, &more);
  assert_null (more.head);
  assert_null (more.tail);
  request_append (&more, &b);
  request_append (&more, &c);
  request_append_all (&list, &more);
  assert_ptr_equal (list.tail, &c);
  assert_ptr_equal (request_pop (&list), &a);
  assert_ptr_equal (request_pop (&list), &b);
  assert_ptr_equal (request_pop (&list), &c);
  assert_null (request_pop (&list));
}

static struct request
request (enum blkif_kind kind, uint64_t offset, uint64_t length)
{
  return (struct request) {
    .io = { .kind = kind, .offset = offset, .length = length,
            .nsegments = (length + 4095) / 4096 },
  };
}

static void
test_reach_is_the_farthest_end (void **state)
{
  struct request_list list = { NULL, NULL };
  struct request a = request (BLKIF_WRITE, 8192, 4096);
  struct request b = request (BLKIF_READ, 0, 512);

  (void) state;
  assert_int_equal (request_reach (&list, 7), 7);
  request_append (&list, &a);
  request_append (&list, &b);
  assert_int_equal (request_reach (&list, 0), 12288);
  assert_int_equal (request_reach (&list, 12289), 12289);
}

static void
test_failure_is_described (void **state)
{
  struct request r = { .command = { .op = NBD_CLIENT_WRITE, .offset = 8192,
                                    .count = 4096, .error = ENOSPC } };
  char text[128];

  (void) state;
  request_describe_failure (&r, FAILURE_INTO (text));
  assert_string_equal (text, "write of 4096 bytes at 8192 failed: "
                       "No space left on device");
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
    cmocka_unit_test (test_rows_are_joined),
    cmocka_unit_test (test_reach_is_the_farthest_end),
    cmocka_unit_test (test_failure_is_described),
    cmocka_unit_test (test_success_is_okay),
    cmocka_unit_test (test_errors_are_errors),
    cmocka_unit_test (test_only_what_is_optional_is_unsupported),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

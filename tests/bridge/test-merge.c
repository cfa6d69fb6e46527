/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Which requests make one NBD command, what it is, and how they part again.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/worker/merge.h"

#define MOST NBD_CLIENT_TRANSFER_MAX

static struct request
request (enum blkif_kind kind, uint64_t offset, uint64_t length)
{
  return (struct request) {
    .io = { .kind = kind, .offset = offset, .length = length,
            .nsegments = (length + 4095) / 4096 },
    .copied = true,
  };
}

/* Would `next` go along with `leader`, of which so much is there already? */
static bool
continues (struct request leader, uint64_t end, struct request next,
           uint64_t most)
{
  struct request_list list = { NULL, NULL };
  struct merge merge;

  request_append (&list, &leader);
  request_append (&list, &next);
  merge_begin (&merge, &list);
  assert_ptr_equal (merge.leader, &leader);
  assert_int_equal (merge.end, leader.io.offset + leader.io.length);
  merge.end = end;
  return merge_continues (&merge, &list, most);
}

static void
test_neighbours_of_one_kind_are_merged (void **state)
{
  const struct request read = request (BLKIF_READ, 8192, 4096);
  const struct request next_read = request (BLKIF_READ, 12288, 512);
  const struct request write = request (BLKIF_WRITE, 8192, 4096);
  const struct request next_write = request (BLKIF_WRITE, 12288, 512);

  (void) state;
  assert_true (continues (read, 12288, next_read, MOST));
  assert_true (continues (write, 12288, next_write, MOST));
  assert_false (continues (read, 12288, next_write, MOST));
  assert_false (continues (write, 12288, next_read, MOST));
}

static void
test_only_reads_and_writes_are_merged (void **state)
{
  (void) state;
  for (unsigned a = BLKIF_READ; a <= BLKIF_DISCARD; a++)
    for (unsigned b = BLKIF_READ; b <= BLKIF_DISCARD; b++)
      assert_int_equal (continues (request (a, 0, 4096), 4096,
                                   request (b, 4096, 4096), MOST),
                        a == b && (a == BLKIF_READ || a == BLKIF_WRITE));
}

static void
test_gaps_and_overlaps_are_not_merged (void **state)
{
  const struct request leader = request (BLKIF_WRITE, 8192, 4096);

  (void) state;
  assert_false (continues (leader, 12288, request (BLKIF_WRITE, 12800, 4096),
                           MOST));
  assert_false (continues (leader, 12288, request (BLKIF_WRITE, 11776, 4096),
                           MOST));
  assert_false (continues (leader, 12288, request (BLKIF_WRITE, 8192, 4096),
                           MOST));
  assert_false (continues (leader, 12288, request (BLKIF_WRITE, 4096, 4096),
                           MOST));
}

static void
test_other_duties_are_not_merged (void **state)
{
  const struct request leader = request (BLKIF_WRITE, 0, 4096);
  struct request flushed = request (BLKIF_WRITE, 4096, 4096);
  struct request durable = request (BLKIF_WRITE, 4096, 4096);

  (void) state;
  flushed.duties = 4;
  durable.fua = true;
  assert_false (continues (leader, 4096, flushed, MOST));
  assert_false (continues (leader, 4096, durable, MOST));
}

static void
test_most_is_of_all_together (void **state)
{
  const uint64_t start = UINT64_C (1) << 62;
  const struct request leader = request (BLKIF_READ, start, 4096);
  const struct request next = request (BLKIF_READ, start + MOST - 4096, 4096);

  (void) state;
  assert_true (continues (leader, start + MOST - 4096, next, MOST));
  assert_false (continues (leader, start + MOST - 4096, next, MOST - 1));
}

static void
test_nothing_continues_an_empty_list (void **state)
{
  struct request only = request (BLKIF_READ, 0, 4096);
  struct request_list list = { NULL, NULL };
  struct merge merge;

  (void) state;
  request_append (&list, &only);
  merge_begin (&merge, &list);
  assert_false (merge_continues (&merge, &list, MOST));
}

/* Three writes, one behind the other. */
struct three {
  struct request of[3];
  char buffers[3][3 * 4096];
  struct request_list list;
};

static void
set_up (struct three *three, enum blkif_kind kind)
{
  memset (three, 0, sizeof *three);
  for (unsigned i = 0; i < 3; i++) {
    three->of[i] = request (kind, 4096 + 4096 * i, 4096);
    three->of[i].buffer = three->of[i].data = three->buffers[i];
    request_append (&three->list, &three->of[i]);
  }
}

static struct request *
merge_all (struct three *three)
{
  struct merge merge;

  merge_begin (&merge, &three->list);
  for (unsigned i = 1; i < 3; i++) {
    assert_true (merge_continues (&merge, &three->list, MOST));
    assert_ptr_equal (merge_add (&merge, &three->list), &three->of[i]);
  }
  assert_null (three->list.head);
  return merge.leader;
}

static void
test_members_follow_in_the_leaders_buffer (void **state)
{
  struct three three;
  struct request *leader;

  (void) state;
  set_up (&three, BLKIF_WRITE);
  leader = merge_all (&three);
  assert_ptr_equal (leader->members, &three.of[1]);
  assert_ptr_equal (three.of[1].next, &three.of[2]);
  assert_null (three.of[2].next);
  assert_ptr_equal (leader->data, three.buffers[0]);
  assert_ptr_equal (three.of[1].data, three.buffers[0] + 4096);
  assert_ptr_equal (three.of[2].data, three.buffers[0] + 8192);
}

static void
test_split_gives_each_its_buffer_back (void **state)
{
  struct request_list list = { NULL, NULL };
  struct three three;

  (void) state;
  set_up (&three, BLKIF_WRITE);
  merge_split (merge_all (&three), &list);
  for (unsigned i = 0; i < 3; i++) {
    assert_ptr_equal (request_pop (&list), &three.of[i]);
    assert_null (three.of[i].members);
    assert_ptr_equal (three.of[i].data, three.buffers[i]);
  }
  assert_null (request_pop (&list));
}

static void
test_all_have_to_be_copied (void **state)
{
  struct three three;
  struct request *leader;

  (void) state;
  set_up (&three, BLKIF_WRITE);
  leader = merge_all (&three);
  assert_true (merge_all_copied (leader));
  for (unsigned i = 0; i < 3; i++) {
    three.of[i].copied = false;
    assert_false (merge_all_copied (leader));
    three.of[i].copied = true;
  }
}

/* Zeroes. */

static void
test_half_zero_is_neither_all_nor_none (void **state)
{
  struct three three;
  struct request *leader;

  (void) state;
  set_up (&three, BLKIF_WRITE);
  leader = merge_all (&three);
  assert_false (merge_half_zero (leader));
  three.buffers[0][2 * 4096 + 4095] = 1;
  assert_true (merge_half_zero (leader));
  three.buffers[0][4096] = three.buffers[0][100] = 1;
  assert_false (merge_half_zero (leader));
}

static void
test_one_alone_is_not_half_zero (void **state)
{
  struct three three;

  (void) state;
  set_up (&three, BLKIF_WRITE);
  three.buffers[0][4095] = 1;
  assert_false (merge_half_zero (&three.of[0]));
}

/* The flags of a write with zeroes in it, or not. */
static unsigned
flags (enum tune_zeroes zeroes, bool zero, bool fua)
{
  struct three three;
  struct request *leader;

  set_up (&three, BLKIF_WRITE);
  leader = merge_all (&three);
  leader->fua = fua;
  if (!zero)
    three.buffers[0][3 * 4096 - 1] = 1;
  merge_command (leader, zeroes);
  return leader->command.flags;
}

static void
test_zeroes_are_looked_for_where_it_is_wanted (void **state)
{
  (void) state;
  assert_int_equal (flags (TUNE_ZEROES_OFF, true, false), 0);
  assert_int_equal (flags (TUNE_ZEROES_OFF, true, true), NBD_CLIENT_FUA);
  assert_int_equal (flags (TUNE_ZEROES_ON, true, false), NBD_CLIENT_ZEROES);
  assert_int_equal (flags (TUNE_ZEROES_ON, false, false), 0);
  assert_int_equal (flags (TUNE_ZEROES_UNMAP, true, false),
                    NBD_CLIENT_ZEROES | NBD_CLIENT_MAY_TRIM);
  assert_int_equal (flags (TUNE_ZEROES_UNMAP, false, true),
                    NBD_CLIENT_MAY_TRIM | NBD_CLIENT_FUA);
}

/* Commands. */

static void
test_command_is_for_all_of_them (void **state)
{
  struct three three;
  struct request *leader;

  (void) state;
  set_up (&three, BLKIF_READ);
  leader = merge_all (&three);
  merge_command (leader, TUNE_ZEROES_ON);
  assert_int_equal (leader->command.op, NBD_CLIENT_READ);
  assert_int_equal (leader->command.offset, 4096);
  assert_int_equal (leader->command.count, 3 * 4096);
  assert_ptr_equal (leader->command.buffer, three.buffers[0]);
  assert_int_equal (leader->command.flags, 0);
}

static void
test_kinds_have_their_commands (void **state)
{
  static const enum nbd_client_op ops[] = {
    [BLKIF_READ] = NBD_CLIENT_READ, [BLKIF_WRITE] = NBD_CLIENT_WRITE,
    [BLKIF_FLUSH] = NBD_CLIENT_WRITE, [BLKIF_BARRIER] = NBD_CLIENT_WRITE,
    [BLKIF_DISCARD] = NBD_CLIENT_TRIM,
  };

  (void) state;
  for (unsigned kind = BLKIF_READ; kind <= BLKIF_DISCARD; kind++) {
    struct three three;

    set_up (&three, kind);
    merge_command (&three.of[2], TUNE_ZEROES_OFF);
    assert_int_equal (three.of[2].command.op, ops[kind]);
    assert_int_equal (three.of[2].command.offset, 3 * 4096);
    assert_int_equal (three.of[2].command.count, 4096);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_neighbours_of_one_kind_are_merged),
    cmocka_unit_test (test_only_reads_and_writes_are_merged),
    cmocka_unit_test (test_gaps_and_overlaps_are_not_merged),
    cmocka_unit_test (test_other_duties_are_not_merged),
    cmocka_unit_test (test_most_is_of_all_together),
    cmocka_unit_test (test_nothing_continues_an_empty_list),
    cmocka_unit_test (test_members_follow_in_the_leaders_buffer),
    cmocka_unit_test (test_split_gives_each_its_buffer_back),
    cmocka_unit_test (test_all_have_to_be_copied),
    cmocka_unit_test (test_half_zero_is_neither_all_nor_none),
    cmocka_unit_test (test_one_alone_is_not_half_zero),
    cmocka_unit_test (test_zeroes_are_looked_for_where_it_is_wanted),
    cmocka_unit_test (test_command_is_for_all_of_them),
    cmocka_unit_test (test_kinds_have_their_commands),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

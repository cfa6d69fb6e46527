/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Which requests have to wait for a disk's limits, and in which order they go
 * on.  Times are the test's own.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/worker/throttle.h"

#define SECOND UINT64_C (1000000000)
#define START  (1000 * SECOND)

struct rig {
  struct rate rates[TUNE_LIMITS];
  uint64_t state[TUNE_LIMITS];
  struct throttle throttle;
};

static int
set_up (void **state)
{
  static struct rig rig;

  memset (&rig, 0, sizeof rig);
  throttle_init (&rig.throttle, rig.rates, rig.state);
  *state = &rig;
  return 0;
}

/* So many a second, from now on. */
static void
limit (struct rig *rig, enum tune_limit limit, uint64_t rate)
{
  rig->rates[limit].rate = rate;
  throttle_set (&rig->throttle, rig->state);
}

static struct request
request (enum blkif_kind kind, uint64_t length, uint64_t taken)
{
  return (struct request) {
    .io = { .kind = kind, .offset = 4096, .length = length,
            .nsegments = (length + 4095) / 4096 },
    .taken = taken,
  };
}

static bool
allows (struct rig *rig, enum blkif_kind kind, uint64_t length)
{
  const struct request r = request (kind, length, 1);

  return throttle_allows (&rig->throttle, &r);
}

static void
pass (struct rig *rig, enum blkif_kind kind, uint64_t length)
{
  const struct request r = request (kind, length, 1);

  throttle_pass (&rig->throttle, &r);
}

static void
test_without_limits_all_pass (void **state)
{
  struct rig *rig = *state;

  assert_int_equal (throttle_time (&rig->throttle), 0);
  throttle_begin (&rig->throttle, 0, false);
  for (unsigned i = 0; i < 1000; i++) {
    assert_true (allows (rig, BLKIF_WRITE, 4096));
    pass (rig, BLKIF_WRITE, 4096);
  }
  assert_false (rig->throttle.waiting);
  assert_null (throttle_next (&rig->throttle));
}

/* Is a request of this kind counted by this limit? */
static bool
counts (struct rig *rig, enum tune_limit which, enum blkif_kind kind,
        uint64_t length)
{
  memset (rig->rates, 0, sizeof rig->rates);
  memset (rig->state, 0, sizeof rig->state);
  limit (rig, which, 1);
  throttle_begin (&rig->throttle, START, false);
  pass (rig, kind, length);
  return !allows (rig, kind, length);
}

static void
test_each_limit_counts_its_own (void **state)
{
  static const struct {
    enum tune_limit limit;
    bool read, write, flush, discard;
  } expected[] = {
    { TUNE_OPS,         true,  true,  true,  true },
    { TUNE_READ_OPS,    true,  false, false, false },
    { TUNE_WRITE_OPS,   false, true,  true,  true },
    { TUNE_BYTES,       true,  true,  false, false },
    { TUNE_READ_BYTES,  true,  false, false, false },
    { TUNE_WRITE_BYTES, false, true,  false, false },
  };
  struct rig *rig = *state;

  for (unsigned i = 0; i < TUNE_LIMITS; i++) {
    const enum tune_limit which = expected[i].limit;

    assert_int_equal (counts (rig, which, BLKIF_READ, 4096),
                      expected[i].read);
    assert_int_equal (counts (rig, which, BLKIF_WRITE, 4096),
                      expected[i].write);
    assert_int_equal (counts (rig, which, BLKIF_FLUSH, 0), expected[i].flush);
    assert_int_equal (counts (rig, which, BLKIF_DISCARD, 0),
                      expected[i].discard);
  }
}

static void
test_what_comes_too_early_waits_for_its_time (void **state)
{
  struct rig *rig = *state;

  limit (rig, TUNE_OPS, 10);
  assert_true (throttle_time (&rig->throttle) > 0);
  throttle_begin (&rig->throttle, START, false);
  assert_true (allows (rig, BLKIF_READ, 512));
  pass (rig, BLKIF_READ, 512);
  pass (rig, BLKIF_READ, 512); /* 0.2 s, of which 0.1 s may be ahead */
  assert_false (allows (rig, BLKIF_READ, 512));
  assert_true (rig->throttle.waiting);
  assert_in_range (rig->throttle.wait, SECOND / 10, SECOND / 10 + 1);
  throttle_begin (&rig->throttle, START + SECOND / 10 + 1, false);
  assert_false (rig->throttle.waiting);
  assert_true (allows (rig, BLKIF_READ, 512));
}

/* The loop has to wake for whoever is first. */
static void
test_shortest_wait_counts (void **state)
{
  struct rig *rig = *state;

  limit (rig, TUNE_READ_OPS, 1);
  limit (rig, TUNE_WRITE_OPS, 2);
  throttle_begin (&rig->throttle, START, false);
  pass (rig, BLKIF_READ, 512);
  pass (rig, BLKIF_WRITE, 512);
  assert_false (allows (rig, BLKIF_READ, 512));
  assert_in_range (rig->throttle.wait, SECOND * 8 / 10, SECOND);
  assert_false (allows (rig, BLKIF_WRITE, 512));
  assert_in_range (rig->throttle.wait, SECOND * 3 / 10, SECOND / 2);
  assert_false (allows (rig, BLKIF_READ, 512));
  assert_in_range (rig->throttle.wait, SECOND * 3 / 10, SECOND / 2);
}

static void
test_longest_of_its_limits_counts (void **state)
{
  struct rig *rig = *state;

  limit (rig, TUNE_OPS, 2);
  limit (rig, TUNE_BYTES, 512);
  throttle_begin (&rig->throttle, START, false);
  pass (rig, BLKIF_READ, 1024); /* two seconds' worth */
  assert_false (allows (rig, BLKIF_READ, 512));
  assert_in_range (rig->throttle.wait, SECOND * 18 / 10, 2 * SECOND);
}

static void
test_open_nothing_waits (void **state)
{
  struct rig *rig = *state;

  limit (rig, TUNE_OPS, 1);
  throttle_begin (&rig->throttle, START, true);
  for (unsigned i = 0; i < 10; i++) {
    assert_true (allows (rig, BLKIF_READ, 512));
    pass (rig, BLKIF_READ, 512);
  }
  throttle_begin (&rig->throttle, START, false);
  assert_false (allows (rig, BLKIF_READ, 512));
}

static void
test_barrier_is_never_kept (void **state)
{
  struct rig *rig = *state;
  struct request write = request (BLKIF_WRITE, 512, 1);
  struct request barrier = request (BLKIF_BARRIER, 0, 2);

  limit (rig, TUNE_OPS, 1);
  throttle_begin (&rig->throttle, START, false);
  pass (rig, BLKIF_WRITE, 512);
  assert_true (throttle_must_keep (&rig->throttle, 0, &write));
  throttle_keep (&rig->throttle, 0, &write);
  assert_false (throttle_must_keep (&rig->throttle, 0, &barrier));
}

/* Who comes behind one of its row must not pass it; another row may. */
static void
test_rows_keep_their_order (void **state)
{
  struct rig *rig = *state;
  struct request big = request (BLKIF_WRITE, 8192, 1);
  struct request flush = request (BLKIF_FLUSH, 0, 2);
  struct request read = request (BLKIF_READ, 512, 3);

  limit (rig, TUNE_WRITE_BYTES, 512);
  throttle_begin (&rig->throttle, START, false);
  pass (rig, BLKIF_WRITE, 4096);
  throttle_keep (&rig->throttle, 1, &big);
  assert_true (throttle_must_keep (&rig->throttle, 1, &flush));
  assert_false (throttle_must_keep (&rig->throttle, 0, &flush));
  assert_false (throttle_must_keep (&rig->throttle, 1, &read));
}

/* Let the next one pass. */
static struct request *
next (struct rig *rig)
{
  struct request_list *list = throttle_next (&rig->throttle);
  struct request *r = list ? request_pop (list) : NULL;

  if (r)
    throttle_pass (&rig->throttle, r);
  return r;
}

static void
test_oldest_of_all_rings_is_first (void **state)
{
  struct rig *rig = *state;
  struct request of[6];
  static const unsigned ring[6] = { 2, 0, 1, 0, 2, 1 };
  uint64_t now = START;

  limit (rig, TUNE_OPS, 1);
  throttle_begin (&rig->throttle, now, false);
  pass (rig, BLKIF_READ, 512);
  for (unsigned i = 0; i < 6; i++) {
    of[i] = request (i % 2 ? BLKIF_WRITE : BLKIF_READ, 512, 10 + i);
    assert_true (throttle_must_keep (&rig->throttle, ring[i], &of[i]));
    throttle_keep (&rig->throttle, ring[i], &of[i]);
  }
  assert_false (throttle_idle (&rig->throttle));
  assert_null (throttle_next (&rig->throttle));
  for (unsigned i = 0; i < 6; i++) {
    now += SECOND;
    throttle_begin (&rig->throttle, now, false);
    assert_ptr_equal (next (rig), &of[i]);
    assert_null (next (rig));
  }
  assert_true (throttle_idle (&rig->throttle));
}

/* An older read does not keep back a write that its limits let pass. */
static void
test_reads_do_not_wait_for_writes (void **state)
{
  struct rig *rig = *state;
  struct request read = request (BLKIF_READ, 512, 1);
  struct request write = request (BLKIF_WRITE, 512, 2);

  limit (rig, TUNE_READ_OPS, 1);
  throttle_begin (&rig->throttle, START, false);
  pass (rig, BLKIF_READ, 512);
  throttle_keep (&rig->throttle, 0, &read);
  throttle_keep (&rig->throttle, 0, &write);
  assert_ptr_equal (next (rig), &write);
  assert_null (next (rig));
  throttle_begin (&rig->throttle, START + SECOND, false);
  assert_ptr_equal (next (rig), &read);
}

static void
test_new_rate_forgives_old_debts (void **state)
{
  struct rig *rig = *state;
  struct rate old[TUNE_LIMITS];

  limit (rig, TUNE_OPS, 1);
  throttle_begin (&rig->throttle, START, true);
  for (unsigned i = 0; i < 100; i++)
    pass (rig, BLKIF_READ, 512);
  memcpy (old, rig->rates, sizeof old);
  throttle_replaced (&rig->throttle, old, START); /* by the same */
  throttle_begin (&rig->throttle, START + SECOND, false);
  assert_false (allows (rig, BLKIF_READ, 512));
  limit (rig, TUNE_OPS, 10);
  throttle_replaced (&rig->throttle, old, START);
  throttle_begin (&rig->throttle, START + 1, false);
  assert_true (allows (rig, BLKIF_READ, 512));
}

static void
test_state_may_be_a_groups (void **state)
{
  struct rig *rig = *state;
  uint64_t shared[TUNE_LIMITS] = { 0 };

  limit (rig, TUNE_OPS, 1);
  throttle_begin (&rig->throttle, START, false);
  pass (rig, BLKIF_READ, 512);
  assert_false (allows (rig, BLKIF_READ, 512));
  throttle_set (&rig->throttle, shared);
  assert_true (allows (rig, BLKIF_READ, 512));
  pass (rig, BLKIF_READ, 512);
  assert_true (shared[TUNE_OPS] > START);
}

static void
test_clear_gives_all_back (void **state)
{
  struct rig *rig = *state;
  struct request_list list = { NULL, NULL };
  struct request read = request (BLKIF_READ, 512, 1);
  struct request write = request (BLKIF_WRITE, 8192, 2);

  throttle_keep (&rig->throttle, 3, &read);
  throttle_keep (&rig->throttle, DEVICE_QUEUES_MAX - 1, &write);
  assert_int_equal (throttle_reach (&rig->throttle, 0), 4096 + 8192);
  assert_int_equal (throttle_reach (&rig->throttle, 20000), 20000);
  throttle_clear (&rig->throttle, &list);
  assert_true (throttle_idle (&rig->throttle));
  assert_ptr_equal (request_pop (&list), &read);
  assert_ptr_equal (request_pop (&list), &write);
  assert_null (request_pop (&list));
}

static void
test_loop_wakes_when_the_first_may_pass (void **state)
{
  struct rig *rig = *state;
  struct ev_loop *loop = ev_loop_new (0);

  assert_non_null (loop);
  limit (rig, TUNE_OPS, 1000);
  throttle_begin (&rig->throttle, START, false);
  throttle_end (&rig->throttle, loop);
  assert_false (ev_is_active (&rig->throttle.timer));
  for (unsigned i = 0; i < 110; i++)
    pass (rig, BLKIF_READ, 512);
  assert_false (allows (rig, BLKIF_READ, 512));
  throttle_end (&rig->throttle, loop);
  assert_true (ev_is_active (&rig->throttle.timer));
  throttle_quiet (&rig->throttle, loop);
  assert_false (ev_is_active (&rig->throttle.timer));
  ev_loop_destroy (loop);
}

#define TEST(function) cmocka_unit_test_setup (function, set_up)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_without_limits_all_pass),
    TEST (test_each_limit_counts_its_own),
    TEST (test_what_comes_too_early_waits_for_its_time),
    TEST (test_shortest_wait_counts),
    TEST (test_longest_of_its_limits_counts),
    TEST (test_open_nothing_waits),
    TEST (test_barrier_is_never_kept),
    TEST (test_rows_keep_their_order),
    TEST (test_oldest_of_all_rings_is_first),
    TEST (test_reads_do_not_wait_for_writes),
    TEST (test_new_rate_forgives_old_debts),
    TEST (test_state_may_be_a_groups),
    TEST (test_clear_gives_all_back),
    TEST (test_loop_wakes_when_the_first_may_pass),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

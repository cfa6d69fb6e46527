/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Limits as functions of a time that the tests make up.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bridge/worker/bucket.h"

#define SECOND UINT64_C (1000000000)
#define START (1000 * SECOND)

/* Someone who always wants more: what passes in `time` ns, if timers go off up
 * to `late` ns too late and requests have up to `amount`.
 */
static uint64_t
greedy (uint64_t *state, const struct rate *rate, uint64_t start,
        uint64_t time, uint64_t late, uint64_t amount)
{
  uint64_t now = start, passed = 0;

  while (now < start + time) {
    const uint64_t wait = bucket_wait (state, rate, now);

    if (wait > 0)
      now += wait + (late ? (uint64_t) rand () % late : 0);
    else {
      const uint64_t one = amount > 1 ? 1 + (uint64_t) rand () % amount : 1;

      bucket_take (state, rate, one, now);
      passed += one;
    }
  }
  return passed;
}

static void
assert_near (uint64_t value, double wanted, double part)
{
  if (value < wanted * (1 - part) || value > wanted * (1 + part))
    fail_msg ("%llu is not about %g", (unsigned long long) value, wanted);
}

static void
test_no_rate_is_no_limit (void **state)
{
  const struct rate rate = { 0, 5 };
  uint64_t bucket = UINT64_MAX;

  (void) state;
  assert_int_equal (bucket_wait (&bucket, &rate, START), 0);
  bucket_take (&bucket, &rate, UINT64_MAX, START);
  assert_true (bucket == UINT64_MAX);
}

static void
test_rate_is_kept (void **state)
{
  static const uint64_t rates[] = { 20, 100, 1000, 12345, 1000000 };

  (void) state;
  srand (1);
  for (unsigned i = 0; i < 5; i++) {
    const struct rate rate = { rates[i], 0 };
    uint64_t bucket = 0;

    greedy (&bucket, &rate, START, SECOND, 2000000, 1); /* the first burst */
    assert_near (greedy (&bucket, &rate, START + 2 * SECOND, 10 * SECOND,
                         2000000, 1), 10.1 * rates[i], 0.02);
  }
}

static void
test_rate_of_bytes_is_kept (void **state)
{
  static const uint64_t rates[] = { 4096, 1 << 20, 100 << 20, 1ull << 33 };

  (void) state;
  srand (2);
  for (unsigned i = 0; i < 4; i++) {
    const struct rate rate = { rates[i], 0 };
    const uint64_t amount = rates[i] < 1 << 20 ? 4096 : 1 << 20;
    uint64_t bucket = 0;

    assert_near (greedy (&bucket, &rate, START, 60 * SECOND, 2000000, amount),
                 60.1 * rates[i], 0.03);
  }
}

/* What was not used is there for a burst, and no more than that. */
static void
test_burst (void **state)
{
  const struct rate rate = { 100, 500 };
  uint64_t bucket = 0, passed = 0;

  (void) state;
  while (bucket_wait (&bucket, &rate, START) == 0) {
    bucket_take (&bucket, &rate, 1, START);
    passed++;
  }
  assert_int_equal (passed, 500);
  assert_int_equal (bucket_wait (&bucket, &rate, START), 1);
  assert_int_equal (bucket_wait (&bucket, &rate, START + 1), 0);
  /* A second later there are 100. */
  for (passed = 0; bucket_wait (&bucket, &rate, START + SECOND) == 0; passed++)
    bucket_take (&bucket, &rate, 1, START + SECOND);
  assert_int_equal (passed, 100);
  /* After an hour there are 500 again. */
  for (passed = 0; bucket_wait (&bucket, &rate, START + 3600 * SECOND) == 0;
       passed++)
    bucket_take (&bucket, &rate, 1, START + 3600 * SECOND);
  assert_int_equal (passed, 500);
}

/* More than a burst may pass at once, and is waited for afterwards. */
static void
test_large_amounts_pass (void **state)
{
  const struct rate rate = { 4096, 4096 };
  uint64_t bucket = 0;

  (void) state;
  bucket_take (&bucket, &rate, 1 << 20, START);
  assert_int_equal (bucket_wait (&bucket, &rate, START), 255 * SECOND + 1);
}

/* A new rate holds at once, without a pause for what was done before. */
static void
test_rate_may_change (void **state)
{
  const struct rate fast = { 1000000, 0 }, slow = { 100, 0 };
  uint64_t bucket = 0;

  (void) state;
  srand (3);
  greedy (&bucket, &fast, START, SECOND, 0, 1);
  assert_true (bucket_wait (&bucket, &slow, START + SECOND) < SECOND / 50);
  assert_near (greedy (&bucket, &slow, START + SECOND, 10 * SECOND, 1000000, 1),
               1000, 0.03);
  assert_near (greedy (&bucket, &fast, START + 11 * SECOND, SECOND, 1000000,
                       1), 1000000, 0.12);
}

/* What an old rate, with its burst, would wait for half a minute for: the new
 * one allows it at once, but no burst beside it.
 */
static void
test_debt_does_not_outlive_its_rate (void **state)
{
  const struct rate old = { 100, 3000 }, new = { 10000, 0 };
  const struct rate none = { 0, 0 };
  uint64_t bucket = 0, before;

  (void) state;
  bucket_take (&bucket, &old, 3000, START);
  before = bucket;
  bucket_cap (&bucket, &none, START);
  assert_true (bucket == before);
  assert_true (bucket_wait (&bucket, &new, START) > 29 * SECOND);
  bucket_cap (&bucket, &new, START);
  bucket_cap (&bucket, &new, START);
  assert_true (bucket_wait (&bucket, &new, START) <= 1);
  bucket_take (&bucket, &new, 1000, START + 1);
  assert_true (bucket_wait (&bucket, &new, START + 1) >= SECOND / 10 - 1);
  bucket = START;
  bucket_cap (&bucket, &new, START); /* not the other way round */
  assert_true (bucket == START);
}

/* Two that share a state share the rate. */
static void
test_shared_state (void **state)
{
  const struct rate rate = { 1000, 0 };
  uint64_t bucket = 0, passed[2] = { 0, 0 }, now = START;

  (void) state;
  srand (4);
  while (now < START + 10 * SECOND) {
    const unsigned who = (unsigned) rand () % 2;

    now += (uint64_t) rand () % 1000000;
    if (bucket_wait (&bucket, &rate, now) == 0) {
      bucket_take (&bucket, &rate, 1, now);
      passed[who]++;
    }
  }
  assert_near (passed[0] + passed[1], 10100, 0.05);
  assert_near (passed[0], passed[1], 0.1);
}

/* Others can write to shared memory. */
static void
test_garbage_is_no_debt (void **state)
{
  static const uint64_t garbage[] = {
    1, START - 1, START + 100 * 3600 * SECOND, INT64_MAX, UINT64_MAX,
  };
  const struct rate rates[] = {
    { 1, 0 }, { 1, UINT64_MAX }, { UINT64_MAX, 1 }, { 1000, 0 },
  };

  (void) state;
  for (unsigned i = 0; i < 5; i++)
    for (unsigned j = 0; j < 4; j++) {
      uint64_t bucket = garbage[i];

      assert_int_equal (bucket_wait (&bucket, &rates[j], START), 0);
      bucket_take (&bucket, &rates[j], UINT64_MAX, START);
      assert_true (bucket >= START);
      assert_true (bucket_wait (&bucket, &rates[j], START) <=
                   BUCKET_AHEAD_MAX);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_no_rate_is_no_limit),
    cmocka_unit_test (test_rate_is_kept),
    cmocka_unit_test (test_rate_of_bytes_is_kept),
    cmocka_unit_test (test_burst),
    cmocka_unit_test (test_large_amounts_pass),
    cmocka_unit_test (test_rate_may_change),
    cmocka_unit_test (test_debt_does_not_outlive_its_rate),
    cmocka_unit_test (test_shared_state),
    cmocka_unit_test (test_garbage_is_no_debt),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The backend's half of a ring, with a frontend that the test plays, honest
 * and not.  That it agrees with Xen's macros, see test-ring-model.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ring.h"
#include "xen-public.h"

#define LENGTH(array) (sizeof array / sizeof array[0])
#define ENTRIES 32u /* of one page, in every layout */
#define HEADER  64u /* bytes before the entries */
#define PATTERN 0xee

/* The indices at the start of the page, by their place. */
enum { REQ_PROD, REQ_EVENT, RSP_PROD, RSP_EVENT };

struct guest {
  const struct blkif_abi *abi;
  uint8_t *page;
  uint32_t *index;
  struct ring ring;
};

static int
setup (void **state)
{
  struct guest *guest = calloc (1, sizeof *guest);

  guest->abi = blkif_abi_find (*state);
  guest->page = aligned_alloc (XEN_PAGE_SIZE, XEN_PAGE_SIZE);
  memset (guest->page, PATTERN, XEN_PAGE_SIZE);
  guest->index = (uint32_t *) guest->page;
  *state = guest;
  return 0;
}

static int
teardown (void **state)
{
  struct guest *guest = *state;

  free (guest->page);
  free (guest);
  return 0;
}

static uint8_t *
entry (struct guest *guest, uint32_t n)
{
  return guest->page + HEADER + n % ENTRIES * guest->abi->request_size;
}

/* An idle ring whose indices are at `start`. */
static void
attach (struct guest *guest, uint32_t start)
{
  guest->index[REQ_PROD] = guest->index[RSP_PROD] = start;
  guest->index[REQ_EVENT] = guest->index[RSP_EVENT] = start + 1;
  assert_int_equal (ring_attach (&guest->ring, guest->abi, guest->page, 1), 0);
}

/* The frontend's next request, all bytes of which are `mark`. */
static void
request (struct guest *guest, uint8_t mark)
{
  memset (entry (guest, guest->index[REQ_PROD]), mark,
          guest->abi->request_size);
  guest->index[REQ_PROD]++;
}

static bool
take (struct guest *guest)
{
  uint8_t raw[BLKIF_REQUEST_SIZE_MAX];

  return ring_take (&guest->ring, raw);
}

static void
assert_takes (struct guest *guest, uint8_t mark)
{
  uint8_t *raw = malloc (guest->abi->request_size);

  assert_true (ring_take (&guest->ring, raw));
  for (uint32_t i = 0; i < guest->abi->request_size; i++)
    assert_int_equal (raw[i], mark);
  free (raw);
}

static uint64_t
response_id (struct guest *guest, uint32_t n)
{
  uint64_t id;

  memcpy (&id, entry (guest, n), sizeof id);
  return id;
}

/* Taking. */

static void
test_requests_come_in_their_order (void **state)
{
  struct guest *guest = *state;

  attach (guest, 0);
  for (unsigned i = 0; i < 5; i++)
    request (guest, i);
  for (unsigned i = 0; i < 5; i++)
    assert_takes (guest, i);
  assert_false (take (guest));
}

static void
test_taken_request_is_a_copy (void **state)
{
  struct guest *guest = *state;
  uint8_t raw[BLKIF_REQUEST_SIZE_MAX];

  attach (guest, 0);
  request (guest, 1);
  assert_true (ring_take (&guest->ring, raw));
  memset (entry (guest, 0), 2, guest->abi->request_size);
  assert_int_equal (raw[0], 1);
  assert_int_equal (raw[guest->abi->request_size - 1], 1);
}

static void
test_full_ring_is_taken_whole (void **state)
{
  struct guest *guest = *state;

  attach (guest, 7);
  for (unsigned i = 0; i < ENTRIES; i++)
    request (guest, i);
  for (unsigned i = 0; i < ENTRIES; i++)
    assert_takes (guest, i);
  assert_false (take (guest));
  assert_false (guest->ring.broken);
}

static void
test_ring_in_use_goes_on_after_its_last_response (void **state)
{
  struct guest *guest = *state;

  attach (guest, 100);
  request (guest, 1);
  request (guest, 2);
  request (guest, 3);
  assert_takes (guest, 1);
  assert_takes (guest, 2);
  ring_put (&guest->ring, 1, BLKIF_OP_READ, BLKIF_RSP_OKAY);
  ring_publish (&guest->ring);
  /* And another backend takes over. */
  assert_int_equal (ring_attach (&guest->ring, guest->abi, guest->page, 1), 0);
  assert_int_equal (guest->ring.entries, ENTRIES);
  assert_int_equal (guest->ring.rsp_prod, 101);
  assert_takes (guest, 2);
  assert_takes (guest, 3);
  assert_false (take (guest));
}

static void
test_indices_wrap_around (void **state)
{
  struct guest *guest = *state;

  attach (guest, 0xfffffff0);
  for (unsigned round = 0; round < 4 * ENTRIES; round++) {
    request (guest, round);
    assert_takes (guest, round);
    assert_false (take (guest));
    assert_false (ring_final_check (&guest->ring));
    guest->index[RSP_EVENT] = 0xfffffff0 + round + 1;
    ring_put (&guest->ring, round, BLKIF_OP_READ, BLKIF_RSP_OKAY);
    assert_true (ring_publish (&guest->ring));
    assert_int_equal (guest->index[RSP_PROD], 0xfffffff0 + round + 1);
    assert_int_equal (response_id (guest, 0xfffffff0 + round), round);
  }
  assert_int_equal (guest->index[RSP_PROD], 4 * ENTRIES - 16);
}

static void
test_full_ring_wraps_around (void **state)
{
  struct guest *guest = *state;

  attach (guest, 0xfffffff0);
  for (unsigned i = 0; i < ENTRIES; i++)
    request (guest, i);
  for (unsigned i = 0; i < ENTRIES; i++)
    assert_takes (guest, i);
  for (unsigned i = 0; i < ENTRIES; i++)
    ring_put (&guest->ring, i, BLKIF_OP_READ, BLKIF_RSP_OKAY);
  assert_true (ring_publish (&guest->ring));
  assert_int_equal (guest->index[RSP_PROD], 16);
  assert_false (guest->ring.broken);
}

/* Frontends that lie. */

static void
test_producer_too_far_ahead_breaks_the_ring_for_good (void **state)
{
  static const uint32_t ahead[] = { ENTRIES + 1, ENTRIES + 2, 0x7fffffff,
                                    0x80000000, UINT32_MAX };
  struct guest *guest = *state;

  for (size_t i = 0; i < LENGTH (ahead); i++) {
    attach (guest, 0xfffffff0);
    guest->index[REQ_PROD] = 0xfffffff0 + ahead[i];
    assert_false (take (guest));
    assert_true (guest->ring.broken);
    guest->index[REQ_PROD] = 0xfffffff0 + 1;
    assert_false (take (guest));
    assert_false (ring_final_check (&guest->ring));
    assert_true (guest->ring.broken);
  }
}

static void
test_ring_is_measured_from_its_last_response (void **state)
{
  struct guest *guest = *state;

  attach (guest, 0);
  for (unsigned i = 0; i < ENTRIES; i++)
    request (guest, i);
  assert_takes (guest, 0);
  request (guest, 99); /* over the one that is not answered yet */
  assert_false (take (guest));
  assert_true (guest->ring.broken);
}

static void
test_producer_going_backwards_gets_no_more_than_a_ring (void **state)
{
  struct guest *guest = *state;
  unsigned taken = 0;

  attach (guest, 0);
  for (unsigned i = 0; i < 5; i++)
    request (guest, i);
  while (take (guest))
    taken++;
  assert_int_equal (taken, 5);
  guest->index[REQ_PROD] = 3;
  while (taken <= ENTRIES && take (guest))
    taken++;
  assert_true (taken <= ENTRIES);
}

/* Else whoever asks before it sleeps never does. */
static void
test_final_check_promises_only_what_can_be_taken (void **state)
{
  struct guest *guest = *state;

  attach (guest, 0);
  for (unsigned i = 0; i < ENTRIES; i++)
    request (guest, i);
  while (take (guest))
    ;
  guest->index[REQ_PROD] = 3; /* backwards, with the ring full */
  assert_false (take (guest));
  assert_false (ring_final_check (&guest->ring));
}

static void
test_attach_refuses_impossible_indices (void **state)
{
  struct guest *guest = *state;

  guest->index[RSP_PROD] = 0xfffffff0;
  guest->index[REQ_PROD] = 0xfffffff0 + ENTRIES;
  assert_int_equal (ring_attach (&guest->ring, guest->abi, guest->page, 1), 0);
  guest->index[REQ_PROD]++;
  assert_int_equal (ring_attach (&guest->ring, guest->abi, guest->page, 1),
                    -1);
  guest->index[REQ_PROD] = 0xffffffef;
  assert_int_equal (ring_attach (&guest->ring, guest->abi, guest->page, 1),
                    -1);
  assert_true (guest->ring.broken);
  assert_false (take (guest));
}

/* Answering. */

static void
test_responses_may_be_in_any_order (void **state)
{
  static const uint64_t order[] = { 2, 0, 3, 1 };
  struct guest *guest = *state;

  attach (guest, 0xfffffffe);
  for (unsigned i = 0; i < 4; i++) {
    request (guest, i);
    assert_takes (guest, i);
  }
  for (unsigned i = 0; i < 4; i++)
    ring_put (&guest->ring, order[i], BLKIF_OP_WRITE, BLKIF_RSP_OKAY);
  ring_publish (&guest->ring);
  for (unsigned i = 0; i < 4; i++)
    assert_int_equal (response_id (guest, 0xfffffffe + i), order[i]);
}

static void
test_response_is_not_shown_before_publish (void **state)
{
  struct guest *guest = *state;

  attach (guest, 0);
  request (guest, 0);
  assert_takes (guest, 0);
  ring_put (&guest->ring, 1, BLKIF_OP_READ, BLKIF_RSP_OKAY);
  assert_int_equal (guest->index[RSP_PROD], 0);
  assert_true (ring_publish (&guest->ring));
  assert_int_equal (guest->index[RSP_PROD], 1);
}

static void
test_response_touches_its_own_bytes_only (void **state)
{
  struct guest *guest = *state;
  uint8_t expected[XEN_PAGE_SIZE];

  attach (guest, 0);
  guest->index[REQ_PROD] = 4;
  while (take (guest))
    ;
  ring_put (&guest->ring, 0, 0, 0);
  ring_put (&guest->ring, 0, 0, 0);
  memcpy (expected, guest->page, sizeof expected);
  ring_put (&guest->ring, 0x1122334455667788, BLKIF_OP_WRITE,
            BLKIF_RSP_ERROR);
  blkif_format_response (guest->abi,
                         expected + HEADER + 2 * guest->abi->request_size,
                         0x1122334455667788, BLKIF_OP_WRITE, BLKIF_RSP_ERROR);
  assert_memory_equal (guest->page, expected, sizeof expected);
  /* What the layout does not name is still as the guest left it. */
  for (uint32_t i = guest->abi->response_size; i < guest->abi->request_size;
       i++)
    assert_int_equal (entry (guest, 2)[i], PATTERN);
}

static void
test_publishing_nothing_notifies_nobody (void **state)
{
  struct guest *guest = *state;

  attach (guest, 0);
  for (uint32_t event = UINT32_MAX - 2; event != 3; event++) {
    guest->index[RSP_EVENT] = event;
    assert_false (ring_publish (&guest->ring));
  }
}

#define EACH(f) \
  { #f ", x86_32", f, setup, teardown, (char []) { "x86_32-abi" } }, \
  { #f ", x86_64", f, setup, teardown, (char []) { "x86_64-abi" } }, \
  { #f ", arm",    f, setup, teardown, (char []) { "arm-abi" } }

int
main (void)
{
  const struct CMUnitTest tests[] = {
    EACH (test_requests_come_in_their_order),
    EACH (test_taken_request_is_a_copy),
    EACH (test_full_ring_is_taken_whole),
    EACH (test_ring_in_use_goes_on_after_its_last_response),
    EACH (test_indices_wrap_around),
    EACH (test_full_ring_wraps_around),
    EACH (test_producer_too_far_ahead_breaks_the_ring_for_good),
    EACH (test_ring_is_measured_from_its_last_response),
    EACH (test_producer_going_backwards_gets_no_more_than_a_ring),
    EACH (test_final_check_promises_only_what_can_be_taken),
    EACH (test_attach_refuses_impossible_indices),
    EACH (test_responses_may_be_in_any_order),
    EACH (test_response_is_not_shown_before_publish),
    EACH (test_response_touches_its_own_bytes_only),
    EACH (test_publishing_nothing_notifies_nobody),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Our ring beside one that is driven by Xen's own macros (io/ring.h), step
 * by step over random sequences: both must take, show and notify alike.
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

#define SEED   20240229u
#define STEPS  500000u
#define HEADER 64u

/* What a compiler for i386 makes of the protocol's structs. */
struct bytes108 { uint32_t words[108 / 4]; };
struct bytes12 { uint32_t words[12 / 4]; };
DEFINE_RING_TYPES (narrow, struct bytes108, struct bytes12);
struct bytes112 { uint32_t words[112 / 4]; };
struct bytes16 { uint32_t words[16 / 4]; };
DEFINE_RING_TYPES (wide, struct bytes112, struct bytes16);

static void
test_entries_are_as_xen_counts_them (void **state)
{
  (void) state;
  for (unsigned pages = 1; pages <= RING_PAGES_MAX; pages *= 2) {
    const unsigned size = pages * XEN_PAGE_SIZE;

    assert_int_equal (ring_entries (blkif_abi_find ("x86_32-abi"), pages),
                      __CONST_RING_SIZE (narrow, size));
    assert_int_equal (ring_entries (blkif_abi_find ("x86_64-abi"), pages),
                      __CONST_RING_SIZE (wide, size));
    assert_int_equal (ring_entries (blkif_abi_find ("arm-abi"), pages),
                      __CONST_RING_SIZE (wide, size));
    assert_int_equal (ring_entries (blkif_abi_find ("x86_64-abi"), pages),
                      32 * pages);
  }
}

/* The last byte of the last entry is on the last page. */
static void
test_entries_fit_their_pages (void **state)
{
  static const char *const names[] = { "x86_32-abi", "x86_64-abi", "arm-abi" };

  (void) state;
  for (unsigned i = 0; i < 3; i++)
    for (unsigned pages = 1; pages <= RING_PAGES_MAX; pages *= 2) {
      const struct blkif_abi *abi = blkif_abi_find (names[i]);

      assert_true (HEADER + ring_entries (abi, pages) * abi->request_size <=
                   pages * XEN_PAGE_SIZE);
    }
}

/* One guest, whose page is there twice. */
struct model {
  unsigned pages;
  struct wide_sring *ours, *theirs;
  struct ring ring;
  wide_back_ring_t back;
};

static void
model_init (struct model *model, unsigned pages, uint32_t start)
{
  const size_t size = pages * XEN_PAGE_SIZE;

  model->pages = pages;
  model->theirs = aligned_alloc (XEN_PAGE_SIZE, size);
  model->ours = aligned_alloc (XEN_PAGE_SIZE, size);
  memset (model->theirs, 0, size);
  SHARED_RING_INIT (model->theirs);
  model->theirs->req_prod = model->theirs->rsp_prod = start;
  model->theirs->req_event = model->theirs->rsp_event = start + 1;
  memcpy (model->ours, model->theirs, size);
  BACK_RING_ATTACH (&model->back, model->theirs, start, size);
  assert_int_equal (ring_attach (&model->ring, blkif_abi_find ("x86_64-abi"),
                                 model->ours, pages), 0);
}

static void
model_free (struct model *model)
{
  free (model->ours);
  free (model->theirs);
}

/* The guest puts as many requests as it likes and there is room for. */
static void
put_requests (struct model *model)
{
  uint32_t room = model->back.nr_ents - (model->theirs->req_prod -
                                         model->theirs->rsp_prod);
  uint32_t n = (unsigned) rand () % (room + 1);

  for (; n > 0; n--) {
    uint32_t at = model->theirs->req_prod % model->back.nr_ents;

    for (unsigned w = 0; w < 112 / 4; w++)
      model->theirs->ring[at].req.words[w] =
        model->ours->ring[at].req.words[w] = (uint32_t) rand ();
    model->theirs->req_prod++;
    model->ours->req_prod++;
  }
}

/* And says from which response on it wants to be notified: mostly a bit
 * ahead, to hold notifications off, at times anything.
 */
static void
set_event (struct model *model)
{
  uint32_t event = model->theirs->rsp_prod + (unsigned) rand () % 40 - 4;

  if (rand () % 8 == 0)
    event = (uint32_t) rand () * 2654435761u;
  model->theirs->rsp_event = model->ours->rsp_event = event;
}

static void
take (struct model *model)
{
  struct bytes112 ours, theirs;
  const bool more = RING_HAS_UNCONSUMED_REQUESTS (&model->back);

  assert_int_equal (ring_take (&model->ring, &ours), more);
  if (!more)
    return;
  RING_COPY_REQUEST (&model->back, model->back.req_cons, &theirs);
  model->back.req_cons++;
  assert_memory_equal (&ours, &theirs, sizeof ours);
}

static void
answer (struct model *model)
{
  const uint64_t id = (uint64_t) rand ();

  if (model->back.rsp_prod_pvt == model->back.req_cons)
    return;
  blkif_format_response (model->ring.abi,
                         RING_GET_RESPONSE (&model->back,
                                            model->back.rsp_prod_pvt),
                         id, BLKIF_OP_READ, BLKIF_RSP_OKAY);
  model->back.rsp_prod_pvt++;
  ring_put (&model->ring, id, BLKIF_OP_READ, BLKIF_RSP_OKAY);
}

static void
publish (struct model *model)
{
  bool notify;

  RING_PUSH_RESPONSES_AND_CHECK_NOTIFY (&model->back, notify);
  assert_int_equal (ring_publish (&model->ring), notify);
  assert_int_equal (model->ours->rsp_prod, model->theirs->rsp_prod);
}

/* Xen's macro does not ask to be notified if there is work already. */
static void
final_check (struct model *model)
{
  int work;

  RING_FINAL_CHECK_FOR_REQUESTS (&model->back, work);
  assert_int_equal (ring_final_check (&model->ring), work != 0);
  if (!work)
    assert_int_equal (model->ours->req_event, model->theirs->req_event);
  else
    model->theirs->req_event = model->ours->req_event;
}

static void
run (unsigned pages, uint32_t start)
{
  static void (*const steps[]) (struct model *) = {
    put_requests, set_event, take, take, take, answer, answer, answer,
    publish, final_check,
  };
  struct model model;

  model_init (&model, pages, start);
  for (unsigned i = 0; i < STEPS; i++)
    steps[(unsigned) rand () % (sizeof steps / sizeof steps[0])] (&model);
  assert_false (model.ring.broken);
  assert_memory_equal (model.ours, model.theirs, pages * XEN_PAGE_SIZE);
  model_free (&model);
}

static void
test_ring_does_as_the_macros_do (void **state)
{
  (void) state;
  srand (SEED);
  run (1, 0);
  run (2, 0xfffffff0);
  run (4, 0x7fffffff);
  run (16, 0xffff0000);
}

/* Every wish of the guest, for every number of responses at once. */
static void
test_notification_is_held_off_as_by_the_macros (void **state)
{
  (void) state;
  for (uint32_t n = 0; n <= 32; n++)
    for (uint32_t event = 0xffffffc0; event != 0x40; event++) {
      struct model model;

      model_init (&model, 1, 0xfffffff0);
      model.ours->req_prod = model.theirs->req_prod = 0xfffffff0 + n;
      model.ours->rsp_event = model.theirs->rsp_event = event;
      for (uint32_t i = 0; i < n; i++) {
        take (&model);
        answer (&model);
      }
      publish (&model);
      model_free (&model);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_entries_are_as_xen_counts_them),
    cmocka_unit_test (test_entries_fit_their_pages),
    cmocka_unit_test (test_ring_does_as_the_macros_do),
    cmocka_unit_test (test_notification_is_held_off_as_by_the_macros),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

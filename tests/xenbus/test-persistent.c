/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Pages that are kept mapped: which, for how long, and that all go back.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mapper.h"
#include "persistent.h"

#define REFS 4096u

/* In the place of mapper.c: what is mapped, one byte for each page. */
static struct {
  char pages[REFS];
  bool mapped[REFS];
  unsigned count, maps;
  unsigned fail; /* the n-th from now on fails; 0: none */
} guest;

void *
mapper_map (const struct mapper *mapper, const uint32_t *refs, unsigned count)
{
  (void) mapper;
  assert_int_equal (count, 1);
  if (refs[0] >= REFS || (guest.fail > 0 && --guest.fail == 0)) {
    errno = EINVAL;
    return NULL;
  }
  assert_false (guest.mapped[refs[0]]);
  guest.mapped[refs[0]] = true;
  guest.count++;
  guest.maps++;
  return &guest.pages[refs[0]];
}

void
mapper_unmap (const struct mapper *mapper, void *pages, unsigned count)
{
  const size_t ref = (char *) pages - guest.pages;

  (void) mapper;
  assert_int_equal (count, 1);
  assert_true (ref < REFS && guest.mapped[ref]);
  guest.mapped[ref] = false;
  guest.count--;
}

static struct persistent *
make (unsigned most)
{
  struct persistent *persistent = persistent_new (NULL, most);

  assert_non_null (persistent);
  assert_int_equal (guest.count, 0);
  guest.maps = guest.fail = 0;
  return persistent;
}

static void
end (struct persistent *persistent)
{
  persistent_free (persistent);
  assert_int_equal (guest.count, 0);
}

static void
use (struct persistent *persistent, uint32_t first, uint32_t count)
{
  for (uint32_t i = first; i < first + count; i++)
    assert_ptr_equal (persistent_get (persistent, i), &guest.pages[i]);
}

static void
test_page_is_mapped_once (void **state)
{
  struct persistent *persistent = make (PERSISTENT_MAX);

  (void) state;
  for (unsigned i = 0; i < 5; i++)
    use (persistent, 7, 100);
  use (persistent, 7, 1);
  use (persistent, 7, 1); /* twice in one request */
  assert_int_equal (guest.maps, 100);
  assert_int_equal (guest.count, 100);
  end (persistent);
}

static void
test_there_is_a_limit (void **state)
{
  (void) state;
  for (unsigned most = 1; most <= PERSISTENT_MAX; most += 211) {
    struct persistent *persistent = make (most);

    use (persistent, 0, most);
    for (uint32_t ref = most; ref < most + 50; ref++)
      assert_null (persistent_get (persistent, ref));
    assert_int_equal (guest.count, most);
    use (persistent, 0, most);
    assert_int_equal (guest.maps, most);
    end (persistent);
  }
}

static void
test_oldest_make_room (void **state)
{
  struct persistent *persistent = make (100);

  (void) state;
  use (persistent, 0, 100);
  use (persistent, 0, 10); /* 10 is the oldest now */
  assert_null (persistent_get (persistent, 200));
  assert_int_equal (persistent_tick (persistent), 94);
  for (uint32_t ref = 0; ref < 100; ref++)
    assert_int_equal (guest.mapped[ref], ref < 10 || ref >= 16);
  use (persistent, 200, 6);
  assert_int_equal (persistent_tick (persistent), 100);
  end (persistent);
}

static void
test_idle_pages_go_back (void **state)
{
  struct persistent *persistent = make (PERSISTENT_MAX);

  (void) state;
  use (persistent, 0, 50);
  for (unsigned i = 0; i < PERSISTENT_IDLE; i++) {
    assert_int_equal (persistent_tick (persistent), 50);
    use (persistent, 20, 5);
  }
  assert_int_equal (persistent_tick (persistent), 5);
  for (uint32_t ref = 0; ref < 50; ref++)
    assert_int_equal (guest.mapped[ref], ref >= 20 && ref < 25);
  for (unsigned i = 1; i < PERSISTENT_IDLE; i++)
    assert_int_equal (persistent_tick (persistent), 5);
  assert_int_equal (persistent_tick (persistent), 0);
  use (persistent, 0, 50);
  end (persistent);
}

static void
test_map_may_fail_at_any_index (void **state)
{
  (void) state;
  for (unsigned n = 1; n <= 20; n++) {
    struct persistent *persistent = make (20);

    guest.fail = n;
    for (uint32_t ref = 0; ref < 20; ref++)
      assert_int_equal (persistent_get (persistent, ref) != NULL,
                        ref + 1 != n);
    assert_int_equal (guest.count, 19);
    use (persistent, 0, 20);
    assert_null (persistent_get (persistent, REFS));
    end (persistent);
  }
}

static void
test_any_order_of_use (void **state)
{
  uint32_t random = 1;

  (void) state;
  for (unsigned most = 1; most < 70; most += 17) {
    struct persistent *persistent = make (most);

    for (unsigned i = 0; i < 20000; i++) {
      void *page;

      random = random * 1103515245 + 12345;
      if (random >> 16 & 3 || i % 7 != 0) {
        const uint32_t ref = (random >> 18) % 150;

        page = persistent_get (persistent, ref);
        assert_true (page == NULL ? guest.count == most
                                  : page == &guest.pages[ref]);
      }
      else {
        const unsigned left = persistent_tick (persistent);

        assert_int_equal (left, guest.count);
      }
      assert_true (guest.count <= most);
    }
    end (persistent);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_page_is_mapped_once),
    cmocka_unit_test (test_there_is_a_limit),
    cmocka_unit_test (test_oldest_make_room),
    cmocka_unit_test (test_idle_pages_go_back),
    cmocka_unit_test (test_map_may_fail_at_any_index),
    cmocka_unit_test (test_any_order_of_use),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What watch events lead to, and what that costs.  The store and the disks are
 * not real here.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake-disk.h"
#include "bridge/daemon/scan.h"

static struct {
  struct disks disks;
  struct scan scan;
  struct disk *known;        /* vbd/3/51712 */
  unsigned listed, asked;    /* how often the store was asked */
  int exists;                /* what it says then */
} host;

int
store_children (struct store *store, unsigned transaction, const char *path,
                void (*each) (void *opaque, const char *name), void *opaque)
{
  (void) store;
  (void) transaction;
  (void) path;
  (void) each;
  (void) opaque;
  host.listed++;
  return 0;
}

int
store_exists (struct store *store, const char *path)
{
  (void) store;
  (void) path;
  host.asked++;
  errno = EIO;
  return host.exists;
}

bool
store_lost (const struct store *store)
{
  (void) store;
  return false;
}

/* A host with one disk, vbd/3/51712, and nothing to do. */
static int
set_up (void **state)
{
  static const struct spawn_program program = { .run_dir = "/nonexistent" };
  static const struct device_id id = { DEVICE_VBD, 3, 51712 };
  static char store;

  (void) state;
  memset (&host, 0, sizeof host);
  fake_disk_reset ();
  disks_init (&host.disks, NULL, NULL, &program);
  disks_connect (&host.disks, (struct store *) &store, 0);
  scan_init (&host.scan, &host.disks);
  disks_see (&host.disks, &id);
  host.known = disks_find (&host.disks, &id);
  snprintf (host.known->facts.paths.frontend,
            sizeof host.known->facts.paths.frontend,
            "/local/domain/3/device/vbd/51712");
  disks_update (&host.disks);
  assert_false (host.known->marked);
  host.scan.due = false;
  host.exists = 1;
  return 0;
}

static int
tear_down (void **state)
{
  (void) state;
  disks_free (&host.disks);
  return 0;
}

static void
test_event_of_a_disk_marks_it (void **state)
{
  (void) state;
  scan_note_event (&host.scan, "/local/domain/0/backend/vbd/3/51712/online");
  assert_true (host.known->marked);
  assert_false (host.scan.due);
  assert_int_equal (host.asked, 0);
}

static void
test_event_of_its_frontend_marks_it (void **state)
{
  (void) state;
  scan_note_event (&host.scan, "/local/domain/3/device/vbd/51712/state");
  assert_true (host.known->marked);
  assert_false (host.scan.due);
  assert_int_equal (host.asked, 0);
}

/* However many nodes it comes with, it is asked for once, and nothing is
 * listed or read of others.
 */
static void
test_unknown_device_is_looked_at (void **state)
{
  const struct device_id id = { DEVICE_VBD, 3, 51728 };

  (void) state;
  scan_note_event (&host.scan, "/local/domain/0/backend/vbd/3/51728/frontend");
  scan_note_event (&host.scan, "/local/domain/0/backend/vbd/3/51728/params");
  scan_note_event (&host.scan, "/local/domain/0/backend/vbd/3/51728");
  assert_non_null (disks_find (&host.disks, &id));
  assert_true (disks_find (&host.disks, &id)->marked);
  assert_false (host.known->marked);
  assert_false (host.scan.due);
  assert_int_equal (host.asked, 1);
  assert_int_equal (host.listed, 0);
}

static void
test_device_that_is_gone_gets_no_disk (void **state)
{
  const struct device_id id = { DEVICE_VBD, 3, 51728 };

  (void) state;
  host.exists = 0;
  scan_note_event (&host.scan, "/local/domain/0/backend/vbd/3/51728/state");
  assert_null (disks_find (&host.disks, &id));
  assert_false (host.scan.due);
}

static void
test_device_that_cannot_be_asked_for_is_scanned_for (void **state)
{
  (void) state;
  host.exists = -1;
  scan_note_event (&host.scan, "/local/domain/0/backend/vbd/3/51728/state");
  assert_true (host.scan.due);
  assert_false (host.known->marked);
}

/* The two disks of a guest come in one transaction, and the first is known
 * by the time the second one's events are read.
 */
static void
test_known_disk_does_not_hide_a_new_one (void **state)
{
  const struct device_id id = { DEVICE_VBD, 3, 51728 };

  (void) state;
  scan_note_event (&host.scan, "/local/domain/0/backend/vbd/3/51728/frontend");
  scan_note_event (&host.scan, "/local/domain/0/backend/vbd/3/51712/state");
  assert_non_null (disks_find (&host.disks, &id));
  assert_true (host.known->marked);
}

static void
test_other_paths_are_hints_too (void **state)
{
  static const char *const paths[] = {
    "/local/domain/0/backend/vbd", "/local/domain/0/backend/vbd/3",
    "/local/domain/0/backend/vbd/3/51712x/state", "@introduceDomain", "",
  };

  (void) state;
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
    host.scan.due = false;
    scan_note_event (&host.scan, paths[i]);
    assert_true (host.scan.due);
    assert_false (host.known->marked);
  }
}

static void
test_leaving_disk_is_not_the_devices (void **state)
{
  const struct device_id id = { DEVICE_VBD, 3, 51712 };

  (void) state;
  host.known->phase = DISK_LEAVING;
  scan_note_event (&host.scan, "/local/domain/0/backend/vbd/3/51712/state");
  assert_false (host.known->marked);
  assert_non_null (disks_find (&host.disks, &id));
  assert_ptr_not_equal (disks_find (&host.disks, &id), host.known);
}

/* A disk that a scan does not see looks for itself. */
static void
test_scan_marks_what_it_does_not_see (void **state)
{
  (void) state;
  assert_true (scan_run (&host.scan));
  assert_true (host.known->marked);
  assert_int_equal (host.listed, DEVICE_KINDS);
}

#define TEST(f) cmocka_unit_test_setup_teardown (f, set_up, tear_down)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_event_of_a_disk_marks_it),
    TEST (test_event_of_its_frontend_marks_it),
    TEST (test_unknown_device_is_looked_at),
    TEST (test_device_that_is_gone_gets_no_disk),
    TEST (test_device_that_cannot_be_asked_for_is_scanned_for),
    TEST (test_known_disk_does_not_hide_a_new_one),
    TEST (test_other_paths_are_hints_too),
    TEST (test_leaving_disk_is_not_the_devices),
    TEST (test_scan_marks_what_it_does_not_see),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

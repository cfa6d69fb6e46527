/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What watch events lead to.  The rest of the daemon is not here.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/daemon/daemon.h"
#include "bridge/daemon/scan.h"

static struct daemon host;
static struct disk known;

struct disk *
disk_new (struct daemon *daemon, const struct device_id *id)
{
  (void) daemon;
  (void) id;
  return NULL;
}

void
disk_free (struct disk *disk)
{
  (void) disk;
}

bool
disk_leave (struct disk *disk)
{
  (void) disk;
  return true;
}

int
link_start (struct link *link, const struct link_program *program, bool spawn)
{
  (void) link;
  (void) program;
  (void) spawn;
  return -1;
}

int
store_children (struct store *store, unsigned transaction, const char *path,
                void (*each) (void *opaque, const char *name), void *opaque)
{
  (void) store;
  (void) transaction;
  (void) path;
  (void) each;
  (void) opaque;
  return 0;
}

/* A host with one disk, vbd/3/51712, and nothing to do. */
static int
set_up (void **state)
{
  (void) state;
  memset (&host, 0, sizeof host);
  memset (&known, 0, sizeof known);
  host.disks = &known;
  known.id = (struct device_id) { DEVICE_VBD, 3, 51712 };
  strcpy (known.paths.frontend, "/local/domain/3/device/vbd/51712");
  return 0;
}

static void
test_event_of_a_disk_marks_it (void **state)
{
  (void) state;
  scan_note_event (&host, "/local/domain/0/backend/vbd/3/51712/online");
  assert_true (known.marked);
  assert_false (host.scan);
}

static void
test_event_of_its_frontend_marks_it (void **state)
{
  (void) state;
  scan_note_event (&host, "/local/domain/3/device/vbd/51712/state");
  assert_true (known.marked);
  assert_false (host.scan);
}

static void
test_unknown_device_is_looked_for (void **state)
{
  (void) state;
  scan_note_event (&host, "/local/domain/0/backend/vbd/3/51728/frontend");
  assert_true (host.scan);
  assert_false (known.marked);
}

/* The two disks of a guest come in one transaction, and the first is known
 * by the time the second one's events are read.
 */
static void
test_known_disk_does_not_hide_a_new_one (void **state)
{
  (void) state;
  scan_note_event (&host, "/local/domain/0/backend/vbd/3/51728/frontend");
  scan_note_event (&host, "/local/domain/0/backend/vbd/3/51712/state");
  assert_true (host.scan);
  assert_true (known.marked);
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
    host.scan = false;
    scan_note_event (&host, paths[i]);
    assert_true (host.scan);
    assert_false (known.marked);
  }
}

static void
test_leaving_disk_is_not_the_devices (void **state)
{
  (void) state;
  known.leaving = true;
  scan_note_event (&host, "/local/domain/0/backend/vbd/3/51712/state");
  assert_true (host.scan);
  assert_false (known.marked);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup (test_event_of_a_disk_marks_it, set_up),
    cmocka_unit_test_setup (test_event_of_its_frontend_marks_it, set_up),
    cmocka_unit_test_setup (test_unknown_device_is_looked_for, set_up),
    cmocka_unit_test_setup (test_known_disk_does_not_hide_a_new_one, set_up),
    cmocka_unit_test_setup (test_other_paths_are_hints_too, set_up),
    cmocka_unit_test_setup (test_leaving_disk_is_not_the_devices, set_up),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

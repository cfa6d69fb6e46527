/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A disk from the watch event to the verdict: the daemon's own files, on the
 * store, the loop and the worker of the fuzzers.
 */

#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fuzz/fake-loop.h"
#include "tests/fuzz/fake-store.h"
#include "tests/fuzz/fake-worker.h"
#include "bridge/daemon/disk-verdict.h"
#include "bridge/daemon/scan.h"

#define OTHERS 20u
#define STEPS  1000u /* until nothing moves any more */

static struct {
  struct ev_loop loop;
  struct settings settings;
  struct store store;
  struct disks disks;
  struct scan scan;
  unsigned asked;          /* of the store, in all, */
  unsigned asked_others;   /* and for nodes of other guests than domain 99 */
} host;

static void
asked (const char *path)
{
  host.asked++;
  host.asked_others += strstr (path, "/99") == NULL;
}

/* All writers tell of it, as watches do. */
static void
changed (const char *path, const char *value)
{
  (void) value;
  scan_note_event (&host.scan, path);
}

static void
meanwhile (void)
{
}

static void
set_node (const char *path, const char *value)
{
  fake_store_set (&host.store, path, value, strlen (value));
}

/* One of a guest's disk, which a watch tells of if the daemon looks. */
static void
set (unsigned domid, const char *name, const char *value, bool watched)
{
  char path[256];

  snprintf (path, sizeof path, "/local/domain/0/backend/vbd/%u/51712/%s",
            domid, name);
  set_node (path, value);
  if (watched)
    scan_note_event (&host.scan, path);
}

/* As libxl does, with our script. */
static void
make_device (unsigned domid, const char *params)
{
  char text[128];

  snprintf (text, sizeof text, "/local/domain/%u/vm", domid);
  set_node (text, domid == 99 ? "/vm/99" : "/vm/others");
  snprintf (text, sizeof text, "/local/domain/%u/device/vbd/51712/state",
            domid);
  set_node (text, "1");
  *strrchr (text, '/') = '\0';
  set (domid, "frontend", text, true);
  snprintf (text, sizeof text, "%u", domid);
  set (domid, "frontend-id", text, true);
  set (domid, "params", params, true);
  set (domid, "script", "/etc/xen/scripts/block-nbdback", true);
  set (domid, "mode", "w", true);
  set (domid, "online", "1", true);
  set (domid, "state", "1", true);
}

static void
settle (void)
{
  unsigned steps;
  bool more = true;

  for (steps = 0; more; steps++) {
    assert_true (steps < STEPS);
    if (host.scan.due)
      scan_run (&host.scan);
    more = disks_update (&host.disks);
    more |= worker_step ();
  }
}

static struct disk *
find (unsigned domid)
{
  const struct device_id id = { DEVICE_VBD, domid, 51712 };

  return scan_find (&host.scan, &id);
}

static enum disk_verdict
verdict (unsigned domid, char why[DEVICE_ERROR_MAX])
{
  struct failure failure = { .text = why, .size = DEVICE_ERROR_MAX };
  const struct disk *disk = find (domid);

  assert_non_null (disk);
  *why = '\0';
  return disk_verdict (disk, &failure);
}

static int
set_up (void **state)
{
  static const struct spawn_program program = {
    .worker = "worker", .run_dir = "/nonexistent"
  };

  (void) state;
  memset (&host, 0, sizeof host);
  settings_init (&host.settings);
  host.store.changed = changed;
  host.store.meanwhile = meanwhile;
  fake_store_open = &host.store;
  disks_init (&host.disks, &host.loop, &host.settings, &program);
  scan_init (&host.scan, &host.disks);
  disks_connect (&host.disks, &host.store, 0);
  settle ();
  return 0;
}

static int
tear_down (void **state)
{
  (void) state;
  disks_free (&host.disks);
  worker_end ();
  fake_store_clear (&host.store);
  settings_free (&host.settings);
  return loop_busy (&host.loop);
}

/* Attach the disk of domain 99, up to the verdict. */
static void
attach (void)
{
  char why[DEVICE_ERROR_MAX];

  host.asked = host.asked_others = 0;
  host.store.asked = asked;
  make_device (99, "nbd:unix:/s:exportname=99");
  settle ();
  assert_non_null (find (99));
  disk_claim (find (99));
  settle ();
  worker_open (false);
  settle ();
  host.store.asked = NULL;
  assert_int_equal (verdict (99, why), DISK_VERDICT_ACCEPTED);
}

static void
detach (void)
{
  fake_store_unset (&host.store, "/local/domain/0/backend/vbd/99");
  disk_mark (find (99));
  settle ();
  assert_null (find (99));
}

/* The nodes of those that are there already are not read, nor are their
 * directories looked through, however many they are.
 */
static void
test_attach_does_not_ask_for_others (void **state)
{
  char params[64];
  unsigned alone, i;

  (void) state;
  attach ();
  alone = host.asked;
  assert_int_equal (host.asked_others, 0);
  detach ();
  fake_worker.refuse_start = true; /* there is but one */
  for (i = 1; i <= OTHERS; i++) {
    snprintf (params, sizeof params, "nbd:unix:/s:exportname=%u", i);
    make_device (i, params);
    settle ();
    assert_int_equal (find (i)->phase, DISK_OURS);
  }
  fake_worker.refuse_start = false;
  attach ();
  assert_int_equal (host.asked_others, 0);
  assert_int_equal (host.asked, alone);
}

/* It is a rival by what is known of it. */
static void
test_rival_is_known_without_a_look (void **state)
{
  char why[DEVICE_ERROR_MAX];

  (void) state;
  attach ();
  host.store.asked = asked;
  make_device (1, "nbd+unix:///99?socket=/s");
  settle ();
  host.asked = host.asked_others = 0;
  disk_claim (find (1));
  settle ();
  assert_int_equal (host.asked, host.asked_others);
  assert_int_equal (verdict (1, why), DISK_VERDICT_REFUSED);
  assert_non_null (strstr (why, "of another VM writes to it already"));
}

/* A script that claims may be that of a new device of the same name.  Whether
 * it is cannot be said while the nodes cannot be read, and then there is no
 * verdict: not even a good one, about the disk that was.
 */
static void
test_claim_waits_for_nodes_that_cannot_be_read (void **state)
{
  char why[DEVICE_ERROR_MAX];
  struct disk *before;

  (void) state;
  attach ();
  before = find (99);
  set (99, "params", "nbd:unix:/s:exportname=other", true);
  settle ();
  disk_claim (before);
  host.store.fail_read = 1;
  settle ();
  assert_ptr_equal (find (99), before);
  assert_int_equal (verdict (99, why), DISK_VERDICT_NONE);
  loop_advance (&host.loop, DISK_LOOK_AGAIN);
  settle ();
  assert_ptr_not_equal (find (99), before);
}

#define TEST(f) cmocka_unit_test_setup_teardown (f, set_up, tear_down)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_attach_does_not_ask_for_others),
    TEST (test_rival_is_known_without_a_look),
    TEST (test_claim_waits_for_nodes_that_cannot_be_read),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

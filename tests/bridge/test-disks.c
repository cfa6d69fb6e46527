/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The set of disks: who is found by what, who comes and goes.
 */

#include "disks-host.h"

#define MANY 5000u /* more than there are buckets */

/* Finding. */

static void
test_disk_is_found_by_its_device (void **state)
{
  struct disk *disk = add (3, 51712, "nbd://h/a");
  struct device_id id = vbd (3, 51712);

  (void) state;
  assert_ptr_equal (disks_find (&host.disks, &id), disk);
  disks_see (&host.disks, &id); /* once more */
  assert_int_equal (fake_disk.disks, 1);
  id.kind = DEVICE_QDISK;
  assert_null (disks_find (&host.disks, &id));
  id = vbd (3, 51713);
  assert_null (disks_find (&host.disks, &id));
  id = vbd (4, 51712);
  assert_null (disks_find (&host.disks, &id));
}

static void
test_many_disks_are_found (void **state)
{
  struct device_id id;
  unsigned i;

  (void) state;
  for (i = 0; i < MANY; i++) {
    id = vbd (1 + i / 10, i % 10);
    disks_see (&host.disks, &id);
  }
  assert_int_equal (fake_disk.disks, MANY);
  for (i = 0; i < MANY; i++) {
    id = vbd (1 + i / 10, i % 10);
    assert_non_null (disks_find (&host.disks, &id));
    assert_true (device_id_equal (&disks_find (&host.disks, &id)->facts.id,
                                  &id));
  }
  fake_disk.look = DISK_OVER;
  disks_update (&host.disks);
  assert_int_equal (fake_disk.disks, 0);
  assert_null (disks_find (&host.disks, &id));
}

static void
test_leaving_disk_is_not_found (void **state)
{
  struct disk *disk = add (3, 51712, "nbd://h/a"), *next;
  const struct device_id id = vbd (3, 51712);

  (void) state;
  disk->phase = DISK_LEAVING;
  assert_null (disks_find (&host.disks, &id));
  assert_null (disks_find_vdev (&host.disks, 3, ""));
  assert_null (disks_next (&host.disks, NULL));
  next = add (3, 51712, "nbd://h/a");
  assert_ptr_not_equal (next, disk);
  assert_ptr_equal (disks_find (&host.disks, &id), next);
}

static void
test_disk_is_found_by_its_name_in_the_guest (void **state)
{
  struct disk *a = add (3, 51712, ""), *b = add (3, 51728, "");

  (void) state;
  strcpy (a->facts.config.vdev, "xvda");
  strcpy (b->facts.config.vdev, "xvdb");
  assert_ptr_equal (disks_find_vdev (&host.disks, 3, "xvda"), a);
  assert_ptr_equal (disks_find_vdev (&host.disks, 3, "xvdb"), b);
  assert_null (disks_find_vdev (&host.disks, 4, "xvda"));
  a->phase = DISK_NOT_OURS;
  assert_null (disks_find_vdev (&host.disks, 3, "xvda"));
}

static void
test_order_does_not_depend_on_who_came_first (void **state)
{
  static const struct { uint32_t domid, devid; } in_order[] = {
    { 1, 5 }, { 2, 3 }, { 2, 4 }, { 10, 1 },
  };
  struct disk *disk = NULL;
  unsigned i;

  (void) state;
  for (i = 0; i < 4; i++)
    add (in_order[3 - i].domid, in_order[3 - i].devid, "");
  for (i = 0; i < 4; i++) {
    disk = disks_next (&host.disks, disk ? &disk->facts.id : NULL);
    assert_non_null (disk);
    assert_int_equal (disk->facts.id.domid, in_order[i].domid);
    assert_int_equal (disk->facts.id.devid, in_order[i].devid);
  }
  assert_null (disks_next (&host.disks, &disk->facts.id));
}

/* Paths. */

static void
test_path_marks_the_disk_of_that_frontend_only (void **state)
{
  struct disk *a = add (3, 5171, ""), *b = add (3, 51712, "");

  (void) state;
  assert_true (disks_mark_frontend (&host.disks,
                                    "/local/domain/3/device/vbd/51712/state"));
  assert_false (a->marked);
  assert_true (b->marked);
  b->marked = false;
  assert_true (disks_mark_frontend (&host.disks, "/local/domain/3/device/vbd/"
                                    "5171/queue-0/ring-ref"));
  assert_true (a->marked);
  assert_false (b->marked);
}

static void
test_path_of_no_frontend_marks_nothing (void **state)
{
  static const char *const paths[] = {
    "", "/", "/local/domain/3/device/vbd/51712", "state",
    "/local/domain/3/device/vbd/51712x/state",
    "/local/domain/3/device/vbd/5171/state", "@releaseDomain",
  };
  struct disk *disk = add (3, 51712, "");

  (void) state;
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
    assert_false (disks_mark_frontend (&host.disks, paths[i]));
  assert_false (disk->marked);
}

/* It is read with the other nodes, and may be another for the next device. */
static void
test_frontend_may_become_another (void **state)
{
  struct disk *disk = add (3, 51712, "");

  (void) state;
  strcpy (disk->facts.paths.frontend, "/local/domain/3/device/vbd/other");
  disk_mark (disk);
  disks_update (&host.disks);
  assert_false (disks_mark_frontend (&host.disks,
                                     "/local/domain/3/device/vbd/51712/state"));
  assert_false (disk->marked);
  assert_true (disks_mark_frontend (&host.disks,
                                    "/local/domain/3/device/vbd/other/state"));
  assert_true (disk->marked);
}

static void
test_removed_disk_is_found_by_nothing (void **state)
{
  struct disk *stays = add (3, 51728, "nbd://h/a");
  struct disk *goes = add (3, 51712, "nbd://h/a");
  const struct device_id id = goes->facts.id;

  (void) state;
  disk_mark (goes);
  fake_disk.look = DISK_GOES;
  fake_disk.over = true;
  assert_false (disks_update (&host.disks));
  assert_int_equal (fake_disk.disks, 1);
  assert_null (disks_find (&host.disks, &id));
  assert_false (disks_mark_frontend (&host.disks,
                                     "/local/domain/3/device/vbd/51712/state"));
  assert_null (disks_rival (&host.disks, stays));
}

/* Those that come and go. */

static void
test_successor_is_told_of (void **state)
{
  struct disk *disk = add (3, 51712, "nbd://h/a");

  (void) state;
  disk->phase = DISK_LEAVING;
  disk_mark (disk);
  disks_update (&host.disks);
  assert_int_equal (fake_disk.asked_over, 1);
  assert_false (fake_disk.succeeded);
  add (3, 51712, "nbd://h/a");
  assert_true (disks_has_successor (&host.disks, disk));
  disk_mark (disk);
  disks_update (&host.disks);
  assert_int_equal (fake_disk.asked_over, 2);
  assert_true (fake_disk.succeeded);
  assert_int_equal (fake_disk.disks, 2);
}

/* The old one stays until its worker is dead, the new one begins at once. */
static void
test_replaced_device_has_a_new_disk (void **state)
{
  struct disk *disk = add (3, 51712, "nbd://h/a"), *next;
  const struct device_id id = vbd (3, 51712);
  unsigned looks = fake_disk.looks;

  (void) state;
  add (3, 51728, "nbd://h/b");
  looks = fake_disk.looks;
  disk_mark (disk);
  fake_disk.look = DISK_REPLACED;
  assert_true (disks_update (&host.disks));
  assert_int_equal (fake_disk.looks, looks + 1);
  next = disks_find (&host.disks, &id);
  assert_non_null (next);
  assert_ptr_not_equal (next, disk);
  assert_true (next->marked);
  assert_int_equal (disk->phase, DISK_LEAVING);
  assert_false (fake_disk.succeeded);

  fake_disk.look = DISK_STAYS;
  fake_disk.over = true;
  disk_mark (disk);
  assert_false (disks_update (&host.disks));
  assert_int_equal (fake_disk.disks, 2);
  assert_ptr_equal (disks_find (&host.disks, &id), next);
}

/* The first in the set is one that others come before. */
static void
test_replaced_disk_that_is_over_is_dropped (void **state)
{
  struct disk *disk = add (3, 51712, "nbd://h/a");
  const struct device_id id = vbd (3, 51712);

  (void) state;
  disk_mark (disk);
  fake_disk.update = DISK_REPLACED;
  fake_disk.look = DISK_GOES_ON;
  fake_disk.over = true;
  assert_true (disks_update (&host.disks));
  assert_int_equal (fake_disk.disks, 1);
  assert_non_null (disks_find (&host.disks, &id));
  assert_int_equal (disks_find (&host.disks, &id)->phase, DISK_CONSIDERED);
}

static void
test_orphan_is_adopted_unless_it_is_starting (void **state)
{
  const struct device_id id = vbd (3, 51712);

  (void) state;
  fake_disk.starting = true;
  assert_false (disks_end_orphan (&host.disks, &id));
  assert_int_equal (fake_disk.disks, 0);
  fake_disk.starting = false;
  assert_true (disks_end_orphan (&host.disks, &id));
  assert_int_equal (fake_disk.disks, 1);
  fake_disk.over = true;
  disks_update (&host.disks);
  assert_int_equal (fake_disk.disks, 0);
}

static void
test_what_is_not_seen_is_marked (void **state)
{
  struct disk *a = add (3, 51712, ""), *b = add (4, 51712, "");

  (void) state;
  disks_begin_seeing (&host.disks);
  disks_see (&host.disks, &a->facts.id);
  disks_end_seeing (&host.disks);
  assert_false (a->marked);
  assert_true (b->marked);
}

/* Without a store nobody looks, but those that leave may be over. */
static void
test_disks_wait_for_the_store (void **state)
{
  struct disk *a = add (3, 51712, ""), *b = add (4, 51712, "");
  const unsigned looks = fake_disk.looks;

  (void) state;
  disks_disconnect (&host.disks);
  disks_mark_all (&host.disks);
  b->phase = DISK_LEAVING;
  fake_disk.over = true;
  assert_false (disks_update (&host.disks));
  assert_int_equal (fake_disk.looks, looks);
  assert_int_equal (fake_disk.disks, 1);
  assert_true (a->marked);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_disk_is_found_by_its_device),
    TEST (test_many_disks_are_found),
    TEST (test_leaving_disk_is_not_found),
    TEST (test_disk_is_found_by_its_name_in_the_guest),
    TEST (test_order_does_not_depend_on_who_came_first),
    TEST (test_path_marks_the_disk_of_that_frontend_only),
    TEST (test_path_of_no_frontend_marks_nothing),
    TEST (test_frontend_may_become_another),
    TEST (test_removed_disk_is_found_by_nothing),
    TEST (test_successor_is_told_of),
    TEST (test_replaced_device_has_a_new_disk),
    TEST (test_replaced_disk_that_is_over_is_dropped),
    TEST (test_orphan_is_adopted_unless_it_is_starting),
    TEST (test_what_is_not_seen_is_marked),
    TEST (test_disks_wait_for_the_store),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the set of disks tells one disk of the others.
 */

#include "disks-host.h"

/* It has a worker that is in this group of limits. */
static void
serve (struct disk *disk, const char *group, uint64_t ops)
{
  struct message_status *status = &disk->worker.link.status;

  disk->worker.link.state = WORKER_LINK_SERVING;
  disk->worker.link.has_status = status->has_tune = true;
  tune_init (&status->tune);
  snprintf (status->tune.limit_group, sizeof status->tune.limit_group, "%s",
            group);
  status->tune.limits[TUNE_OPS].rate = ops;
}

/* Rivals. */

static void
test_another_vm_that_writes_is_a_rival (void **state)
{
  struct disk *a = add (3, 51712, "nbd://h/a");
  struct disk *b = add (4, 51712, "nbd://h/a");

  (void) state;
  add (5, 51712, "nbd://h/b");
  assert_ptr_equal (disks_rival (&host.disks, a), b);
  assert_ptr_equal (disks_rival (&host.disks, b), a);
  strcpy (b->facts.vm, a->facts.vm); /* a reboot, or a migration */
  assert_null (disks_rival (&host.disks, a));
  a->facts.vm[0] = b->facts.vm[0] = '\0'; /* who knows */
  assert_ptr_equal (disks_rival (&host.disks, a), b);
}

static void
test_who_does_not_write_is_no_rival (void **state)
{
  struct disk *a = add (3, 51712, "nbd://h/a");
  struct disk *b = add (4, 51712, "nbd://h/a");

  (void) state;
  b->facts.config.writable = false;
  assert_null (disks_rival (&host.disks, a));
  assert_null (disks_rival (&host.disks, b));
  b->facts.config.writable = true;
  b->phase = DISK_NOT_OURS;
  assert_null (disks_rival (&host.disks, a));
  b->phase = DISK_OURS;
  b->target.state = HANDSHAKE_TARGET_FAILED;
  assert_null (disks_rival (&host.disks, a));
  b->target.state = HANDSHAKE_TARGET_OPENING;
  assert_ptr_equal (disks_rival (&host.disks, a), b);
}

/* Its worker may still write, whatever became of its target. */
static void
test_leaving_disk_is_a_rival_until_its_worker_is_dead (void **state)
{
  struct disk *a = add (3, 51712, "nbd://h/a");
  struct disk *b = add (4, 51712, "nbd://h/a");

  (void) state;
  b->phase = DISK_LEAVING;
  b->target.state = HANDSHAKE_TARGET_FAILED;
  b->worker.link.state = WORKER_LINK_SERVING;
  assert_ptr_equal (disks_rival (&host.disks, a), b);
  b->worker.link.state = WORKER_LINK_DEAD;
  assert_null (disks_rival (&host.disks, a));
}

static void
test_shared_export_has_no_rivals (void **state)
{
  char uri[] = "nbd://h/a";
  struct settings_export shared = { uri, true };
  struct disk *a = add (3, 51712, "nbd://h/a");
  struct disk *b = add (4, 51712, "nbd://h/a");

  (void) state;
  a->facts.config.may_share = true; /* mode w! */
  assert_null (disks_rival (&host.disks, a));
  assert_ptr_equal (disks_rival (&host.disks, b), a);
  host.settings.exports = &shared;
  host.settings.nexports = 1;
  assert_null (disks_rival (&host.disks, b));
  host.settings.exports = NULL;
  host.settings.nexports = 0;
}

/* Not even if nobody knows whose VM's it is. */
static void
test_disk_is_no_rival_of_itself (void **state)
{
  struct disk *a = add (3, 51712, "nbd://h/a");

  (void) state;
  a->facts.vm[0] = '\0';
  assert_null (disks_rival (&host.disks, a));
}

static void
test_no_target_has_no_rivals (void **state)
{
  struct disk *a = add (3, 51712, "");

  (void) state;
  add (4, 51712, "");
  assert_null (disks_rival (&host.disks, a));
}

static void
test_disk_that_wants_a_worker_is_told_of_its_rival (void **state)
{
  struct disk *a = add (3, 51712, "nbd://h/a");
  struct disk *b = add (4, 51712, "nbd://h/a");

  (void) state;
  fake_disk.look = DISK_WANTS_WORKER;
  disk_mark (a);
  disks_update (&host.disks);
  assert_ptr_equal (fake_disk.started, a);
  assert_ptr_equal (fake_disk.rival, b);
  assert_null (fake_disk.opened);
  b->facts.config.writable = false;
  disk_mark (a);
  disks_update (&host.disks);
  assert_null (fake_disk.rival);
  assert_ptr_equal (fake_disk.opened, a);
}

/* It may be a rival that has a worker already. */
static void
test_worker_waits_for_disks_that_were_not_looked_at (void **state)
{
  struct disk *a = add (3, 51712, "nbd://h/a");
  struct disk *b = add (4, 51712, "nbd://h/a");

  (void) state;
  a->phase = DISK_CONSIDERED;
  fake_disk.look = DISK_WANTS_WORKER;
  disk_mark (a);
  disk_mark (b);
  disks_update (&host.disks); /* the younger comes first */
  assert_ptr_equal (fake_disk.postponed, b);
  assert_ptr_equal (fake_disk.started, a);
  disk_mark (b);
  disks_update (&host.disks);
  assert_ptr_equal (fake_disk.started, b);
}

/* What it has to wait for is not for a disk that may share its export. */
static void
test_worker_of_a_reader_does_not_wait (void **state)
{
  struct disk *a = add (3, 51712, "nbd://h/a");
  struct disk *b = add (4, 51712, "nbd://h/a");

  (void) state;
  a->phase = DISK_CONSIDERED;
  b->facts.config.writable = false;
  fake_disk.look = DISK_WANTS_WORKER;
  disk_mark (a);
  disk_mark (b);
  disks_update (&host.disks);
  assert_null (fake_disk.postponed);
}

/* Fellows. */

static void
test_new_disk_has_the_limits_of_its_fellows (void **state)
{
  struct disk *a = add (3, 51712, "nbd://h/a");
  struct disk *b = add (4, 51712, "nbd://h/b");

  (void) state;
  strcpy (host.settings.tune.limit_group, "gold");
  host.settings.tune.limits[TUNE_OPS].rate = 1;
  serve (b, "silver", 7);
  fake_disk.look = DISK_WANTS_TARGET; /* it has a worker already */
  disk_mark (a);
  disks_update (&host.disks);
  assert_null (fake_disk.started);
  assert_ptr_equal (fake_disk.opened, a);
  assert_int_equal (fake_disk.tune.limits[TUNE_OPS].rate, 1);
  serve (b, "gold", 7);
  disk_mark (a);
  disks_update (&host.disks);
  assert_int_equal (fake_disk.tune.limits[TUNE_OPS].rate, 7);
  b->phase = DISK_LEAVING;
  disk_mark (a);
  disks_update (&host.disks);
  assert_int_equal (fake_disk.tune.limits[TUNE_OPS].rate, 1);
}

static void
test_limits_are_changed_for_all_fellows (void **state)
{
  struct disk *a = add (3, 51712, ""), *b = add (4, 51712, "");
  struct disk *c = add (5, 51712, ""), *d = add (6, 51712, "");
  char why[64] = "";
  struct tune tune;

  (void) state;
  serve (a, "gold", 1);
  serve (b, "gold", 1);
  serve (c, "silver", 1);
  serve (d, "", 1);
  serve (add (7, 51712, ""), "", 1);
  b->worker.link.status.tune.detect_zeroes = TUNE_ZEROES_UNMAP;
  tune = a->worker.link.status.tune;
  tune.limits[TUNE_OPS].rate = 9;
  assert_int_equal (disks_limit (&host.disks, a, &tune, FAILURE_INTO (why)), 0);
  assert_int_equal (fake_disk.changed, 2);
  assert_int_equal (a->worker.link.status.tune.limits[TUNE_OPS].rate, 9);
  assert_int_equal (b->worker.link.status.tune.limits[TUNE_OPS].rate, 9);
  assert_int_equal (b->worker.link.status.tune.detect_zeroes,
                    TUNE_ZEROES_UNMAP);
  assert_int_equal (c->worker.link.status.tune.limits[TUNE_OPS].rate, 1);

  tune = d->worker.link.status.tune;
  assert_int_equal (disks_limit (&host.disks, d, &tune, FAILURE_INTO (why)), 0);
  assert_int_equal (fake_disk.changed, 3); /* no group: no fellows */
  fake_disk.cannot_change = "it is away";
  assert_int_equal (disks_limit (&host.disks, a, &tune, FAILURE_INTO (why)),
                    -1);
  assert_string_equal (why, "it is away");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_another_vm_that_writes_is_a_rival),
    TEST (test_who_does_not_write_is_no_rival),
    TEST (test_leaving_disk_is_a_rival_until_its_worker_is_dead),
    TEST (test_shared_export_has_no_rivals),
    TEST (test_disk_is_no_rival_of_itself),
    TEST (test_no_target_has_no_rivals),
    TEST (test_disk_that_wants_a_worker_is_told_of_its_rival),
    TEST (test_worker_waits_for_disks_that_were_not_looked_at),
    TEST (test_worker_of_a_reader_does_not_wait),
    TEST (test_new_disk_has_the_limits_of_its_fellows),
    TEST (test_limits_are_changed_for_all_fellows),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

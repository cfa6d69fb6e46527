/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * For tests of the set of disks: cmocka's fixture, and disks in it.
 */

#ifndef TESTS_BRIDGE_DISKS_HOST_H
#define TESTS_BRIDGE_DISKS_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake-disk.h"

static struct {
  struct settings settings;
  struct disks disks;
} host;

bool
store_lost (const struct store *store)
{
  (void) store;
  return false;
}

static int
set_up (void **state)
{
  static const struct spawn_program program = { .run_dir = "/nonexistent" };
  static char store;

  (void) state;
  fake_disk_reset ();
  settings_init (&host.settings);
  disks_init (&host.disks, NULL, &host.settings, &program);
  disks_connect (&host.disks, (struct store *) &store, 0);
  return 0;
}

static int
tear_down (void **state)
{
  (void) state;
  disks_free (&host.disks);
  assert_int_equal (fake_disk.disks, 0);
  settings_free (&host.settings);
  return 0;
}

static struct device_id
vbd (uint32_t domid, uint32_t devid)
{
  return (struct device_id) { DEVICE_VBD, domid, devid };
}

/* A disk of ours, writable, with its frontend and VM, that nothing is to be
 * done with.
 */
static struct disk *
add (uint32_t domid, uint32_t devid, const char *uri)
{
  const struct device_id id = vbd (domid, devid);
  struct disk *disk;

  disks_see (&host.disks, &id);
  disk = disks_find (&host.disks, &id);
  assert_non_null (disk);
  disk->phase = DISK_OURS;
  disk->facts.config.writable = true;
  snprintf (disk->facts.paths.frontend, sizeof disk->facts.paths.frontend,
            "/local/domain/%u/device/vbd/%u", domid, devid);
  snprintf (disk->facts.vm, sizeof disk->facts.vm, "/vm/%u", domid);
  snprintf (disk->target.uri, sizeof disk->target.uri, "%s", uri);
  disk->target.state = HANDSHAKE_TARGET_OPEN;
  disks_update (&host.disks);
  assert_false (disk->marked);
  return disk;
}

#define TEST(f) cmocka_unit_test_setup_teardown (f, set_up, tear_down)

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How frontends and toolstacks that are known go about it, step by step: a
 * fact changes, and these actions follow.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "walk.h"

/* Frontends. */

static void
test_linux_1_3_4 (void **state)
{
  struct device device = new_device ();

  (void) state;
  follows (&device, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
  frontend (&device, HANDSHAKE_CONNECTED, "");
  assert_serving (&device);
}

static void
test_linux_resumed_does_not_wait_for_the_offer (void **state)
{
  struct device device = new_device ();

  (void) state;
  frontend (&device, HANDSHAKE_INITIALISED, "offer connect publish");
  frontend (&device, HANDSHAKE_CONNECTED, "");
  assert_serving (&device);
}

static void
test_linux_closes_5_6 (void **state)
{
  struct device device = connected_device ();

  (void) state;
  frontend (&device, HANDSHAKE_CLOSING, "close");
  assert_int_equal (device.facts.rings, HANDSHAKE_RINGS_CONNECTED);
  frontend (&device, HANDSHAKE_CLOSED, "disconnect finish");
}

static void
test_mini_os_1_4_and_5_6_1 (void **state)
{
  struct device device = new_device ();

  (void) state;
  follows (&device, "offer");
  frontend (&device, HANDSHAKE_CONNECTED, "connect publish");
  frontend (&device, HANDSHAKE_CLOSING, "close");
  frontend (&device, HANDSHAKE_CLOSED, "disconnect finish");
  frontend (&device, HANDSHAKE_INITIALISING, "offer");
  frontend (&device, HANDSHAKE_CONNECTED, "connect publish");
  assert_serving (&device);
}

static void
test_grub_1_3_6_1_then_linux (void **state)
{
  struct device device = new_device ();

  (void) state;
  follows (&device, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
  assert_serving (&device);
  frontend (&device, HANDSHAKE_CLOSED, "disconnect finish");
  frontend (&device, HANDSHAKE_INITIALISING, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
  frontend (&device, HANDSHAKE_CONNECTED, "");
  assert_serving (&device);
}

/* Its 6 was over before we looked. */
static void
test_grub_seen_late (void **state)
{
  struct device device = new_device ();

  (void) state;
  follows (&device, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
  frontend (&device, HANDSHAKE_INITIALISING, "disconnect offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
}

static void
test_kernel_replaced_without_closing (void **state)
{
  struct device device = connected_device ();

  (void) state;
  frontend (&device, HANDSHAKE_INITIALISING, "disconnect offer");
  frontend (&device, HANDSHAKE_CONNECTED, "connect publish");
  assert_serving (&device);
}

/* The new kernel finds state 4 and tidies up after the old one. */
static void
test_kexec_4_5_6_1 (void **state)
{
  struct device device = connected_device ();

  (void) state;
  frontend (&device, HANDSHAKE_CLOSING, "close");
  frontend (&device, HANDSHAKE_CLOSED, "disconnect finish");
  frontend (&device, HANDSHAKE_INITIALISING, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
  assert_serving (&device);
}

/* It goes from Closing straight to 1, and wants to see Closed before 2. */
static void
test_windows_starts_over_while_we_are_closing (void **state)
{
  struct device device = connected_device ();

  (void) state;
  frontend (&device, HANDSHAKE_CLOSING, "close");
  frontend (&device, HANDSHAKE_INITIALISING, "disconnect finish offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
}

/* The rings are not ours to map again before they were given back. */
static void
test_starting_over_waits_for_the_rings (void **state)
{
  struct device device = connected_device ();

  (void) state;
  device.slow = true;
  frontend (&device, HANDSHAKE_INITIALISING, "disconnect");
  frontend (&device, HANDSHAKE_INITIALISED, "");
  frontend (&device, HANDSHAKE_INITIALISING, "");
  device.facts.rings = HANDSHAKE_RINGS_NONE;
  follows (&device, "offer");
}

static void
test_slow_worker (void **state)
{
  struct device device = new_device ();

  (void) state;
  device.slow = true;
  frontend (&device, HANDSHAKE_INITIALISED, "offer connect");
  assert_int_equal (device.facts.own, HANDSHAKE_INIT_WAIT);
  device.facts.rings = HANDSHAKE_RINGS_CONNECTED;
  follows (&device, "publish");
  frontend (&device, HANDSHAKE_CLOSED, "disconnect");
  assert_int_equal (device.facts.own, HANDSHAKE_CONNECTED);
  device.facts.rings = HANDSHAKE_RINGS_NONE;
  follows (&device, "finish");
}

/* Toolstacks. */

static void
test_libxl_detaches_a_disk_in_use (void **state)
{
  struct device device = connected_device ();

  (void) state;
  device.facts.own = HANDSHAKE_CLOSING;
  device.facts.online = false;
  follows (&device, "");
  assert_int_equal (device.facts.rings, HANDSHAKE_RINGS_CONNECTED);
  frontend (&device, HANDSHAKE_CLOSING, "");
  assert_int_equal (device.facts.rings, HANDSHAKE_RINGS_CONNECTED);
  frontend (&device, HANDSHAKE_CLOSED, "disconnect finish");
}

static void
test_libxl_detaches_a_disk_not_yet_in_use (void **state)
{
  struct device device = new_device ();

  (void) state;
  follows (&device, "offer");
  device.facts.own = HANDSHAKE_CLOSING;
  device.facts.online = false;
  follows (&device, "finish");
}

static void
test_detached_disk_stays_closed (void **state)
{
  struct device device = connected_device ();

  (void) state;
  device.facts.own = HANDSHAKE_CLOSING;
  device.facts.online = false;
  frontend (&device, HANDSHAKE_CLOSED, "disconnect finish");
  frontend (&device, HANDSHAKE_INITIALISING, "");
  assert_int_equal (device.facts.own, HANDSHAKE_CLOSED);
}

static void
test_forced_removal_takes_the_frontend_first (void **state)
{
  struct device device = connected_device ();

  (void) state;
  device.facts.frontend_gone = true;
  device.facts.frontend = HANDSHAKE_UNKNOWN;
  follows (&device, "disconnect finish");
}

/* The old domain is destroyed with its disks in use. */
static void
test_reboot (void **state)
{
  struct device device = connected_device ();

  (void) state;
  device.facts.online = false;
  follows (&device, "");
  device.facts.frontend_gone = true;
  follows (&device, "disconnect finish");
  device = new_device ();
  follows (&device, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
}

static void
test_late_claim (void **state)
{
  struct device device = new_device ();

  (void) state;
  device.facts.unclaimed = true;
  follows (&device, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "");
  device.facts.unclaimed = false;
  follows (&device, "connect publish");
}

/* It was in the device before the script took it away from it. */
static void
test_blkback_writes_init_wait_over_our_state (void **state)
{
  struct device device = connected_device ();

  (void) state;
  device.facts.own = HANDSHAKE_INIT_WAIT;
  follows (&device, "publish");
  assert_serving (&device);
}

/* Servers and workers. */

static void
test_late_server (void **state)
{
  struct device device = new_device ();

  (void) state;
  device.facts.target = HANDSHAKE_TARGET_OPENING;
  follows (&device, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "");
  device.facts.target = HANDSHAKE_TARGET_FAILED;
  follows (&device, "");
  device.facts.target = HANDSHAKE_TARGET_OPEN;
  follows (&device, "connect publish");
}

static void
test_worker_lost_while_serving (void **state)
{
  struct device device = connected_device ();

  (void) state;
  device.facts.rings = HANDSHAKE_RINGS_NONE;
  device.facts.target = HANDSHAKE_TARGET_OPENING;
  device.facts.broken = true;
  follows (&device, "close");
  frontend (&device, HANDSHAKE_CLOSING, "");
  frontend (&device, HANDSHAKE_CLOSED, "finish");
  frontend (&device, HANDSHAKE_INITIALISING, "offer");
  device.facts.target = HANDSHAKE_TARGET_OPEN;
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
}

static void
test_worker_lost_with_the_daemon (void **state)
{
  struct device device = connected_device ();

  (void) state;
  device.facts.rings = HANDSHAKE_RINGS_NONE;
  follows (&device, "close");
}

static void
test_rings_that_cannot_be_connected (void **state)
{
  struct device device = new_device ();

  (void) state;
  follows (&device, "offer");
  device.refuses = true;
  frontend (&device, HANDSHAKE_INITIALISED, "connect close");
  frontend (&device, HANDSHAKE_CLOSING, "");
  frontend (&device, HANDSHAKE_CLOSED, "finish");
  device.refuses = false;
  frontend (&device, HANDSHAKE_INITIALISING, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect publish");
}

/* GRUB has blanked its ring's nodes when the worker gets to them. */
static void
test_loader_that_left_early_is_no_failure (void **state)
{
  struct device device = new_device ();

  (void) state;
  device.slow = true;
  frontend (&device, HANDSHAKE_INITIALISED, "offer connect");
  device.facts.frontend = HANDSHAKE_INITIALISING;
  device.facts.rings = HANDSHAKE_RINGS_NONE;
  device.facts.broken = true;
  follows (&device, "offer");
  frontend (&device, HANDSHAKE_INITIALISED, "connect");
}

static void
test_frontend_with_nonsense_for_a_state (void **state)
{
  struct device device = connected_device ();

  (void) state;
  device.facts.broken = true;
  frontend (&device, HANDSHAKE_INVALID, "close");
  frontend (&device, HANDSHAKE_CLOSED, "disconnect finish");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_linux_1_3_4),
    cmocka_unit_test (test_linux_resumed_does_not_wait_for_the_offer),
    cmocka_unit_test (test_linux_closes_5_6),
    cmocka_unit_test (test_mini_os_1_4_and_5_6_1),
    cmocka_unit_test (test_grub_1_3_6_1_then_linux),
    cmocka_unit_test (test_grub_seen_late),
    cmocka_unit_test (test_kernel_replaced_without_closing),
    cmocka_unit_test (test_kexec_4_5_6_1),
    cmocka_unit_test (test_windows_starts_over_while_we_are_closing),
    cmocka_unit_test (test_starting_over_waits_for_the_rings),
    cmocka_unit_test (test_slow_worker),
    cmocka_unit_test (test_libxl_detaches_a_disk_in_use),
    cmocka_unit_test (test_libxl_detaches_a_disk_not_yet_in_use),
    cmocka_unit_test (test_detached_disk_stays_closed),
    cmocka_unit_test (test_forced_removal_takes_the_frontend_first),
    cmocka_unit_test (test_reboot),
    cmocka_unit_test (test_late_claim),
    cmocka_unit_test (test_blkback_writes_init_wait_over_our_state),
    cmocka_unit_test (test_late_server),
    cmocka_unit_test (test_worker_lost_while_serving),
    cmocka_unit_test (test_worker_lost_with_the_daemon),
    cmocka_unit_test (test_rings_that_cannot_be_connected),
    cmocka_unit_test (test_loader_that_left_early_is_no_failure),
    cmocka_unit_test (test_frontend_with_nonsense_for_a_state),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The target of a disk, from what its nodes say and from what its worker says,
 * and the word for that in nbd-state.
 */

#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/daemon/disk-shown.h"

static struct {
  struct disk_facts facts;
  struct disk_target target;
  struct disk_worker worker;
  struct tune tune;
  char why[DEVICE_ERROR_MAX];
} host;

/* A writable disk whose worker has opened the export. */
static int
set_up (void **state)
{
  const struct device_id id = { DEVICE_VBD, 3, 51712 };
  struct message_status *status = &host.worker.link.status;

  (void) state;
  memset (&host, 0, sizeof host);
  disk_facts_init (&host.facts, 0, &id);
  host.facts.config.writable = true;
  strcpy (host.facts.config.params, "nbd:h:10809:exportname=x");
  disk_target_init (&host.target);
  tune_init (&host.tune);
  host.worker.link.fd = 1;
  host.worker.link.state = WORKER_LINK_SERVING;
  host.worker.link.has_status = true;
  status->target = HANDSHAKE_TARGET_OPEN;
  status->server = NBD_CLIENT_OPEN;
  status->has_export = true;
  status->export.size = status->export.real_size = 1 << 20;
  status->export.flush = true;
  assert_int_equal (disk_target_name (&host.target, &host.facts,
                                      FAILURE_INTO (host.why)), 0);
  disk_target_begin (&host.target);
  return 0;
}

static int
hear (void)
{
  return disk_target_hear (&host.target, &host.facts, &host.worker,
                           &host.tune, FAILURE_INTO (host.why));
}

static void
assert_fails (const char *says)
{
  assert_int_equal (hear (), -1);
  assert_non_null (strstr (host.why, says));
}

static void
assert_shown (const char *word, const char *why)
{
  const char *reason;

  assert_string_equal (disk_shown_server (&host.facts, &host.target,
                                          &host.worker, &reason), word);
  assert_string_equal (reason, why);
}

/* The name. */

static void
test_name_is_canonical (void **state)
{
  (void) state;
  assert_string_equal (host.target.uri, "nbd://h/x");
}

static void
test_no_target_has_no_name (void **state)
{
  (void) state;
  strcpy (host.facts.config.params, "nbd:unix:relative");
  assert_int_equal (disk_target_name (&host.target, &host.facts,
                                      FAILURE_INTO (host.why)), -1);
  assert_non_null (strstr (host.why, "relative"));
  assert_string_equal (host.target.uri, "");
  strcpy (host.facts.config.params, "nbd:unix:/\xff");
  assert_int_equal (disk_target_name (&host.target, &host.facts,
                                      FAILURE_INTO (host.why)), -1);
  assert_string_equal (host.why, "the target is not UTF-8 text");
}

static void
test_empty_drive_needs_no_name (void **state)
{
  (void) state;
  strcpy (host.facts.config.params, "aio:");
  assert_int_equal (disk_target_name (&host.target, &host.facts,
                                      FAILURE_INTO (host.why)), -1);
  host.facts.config.cdrom = true;
  host.facts.config.writable = false;
  assert_int_equal (disk_target_name (&host.target, &host.facts,
                                      FAILURE_INTO (host.why)), 0);
  assert_string_equal (host.target.uri, "");
}

/* What the worker says. */

static void
test_open_export_is_taken (void **state)
{
  (void) state;
  disk_target_fail (&host.target, &host.facts, "it was away");
  disk_target_begin (&host.target);
  assert_int_equal (hear (), 0);
  assert_int_equal (host.target.state, HANDSHAKE_TARGET_OPEN);
  assert_string_equal (host.target.failure, "");
}

static void
test_what_is_not_settled_says_nothing (void **state)
{
  (void) state;
  host.worker.link.serial = 1; /* and 0 was answered */
  assert_int_equal (hear (), 0);
  assert_int_equal (host.target.state, HANDSHAKE_TARGET_OPENING);
  host.worker.link.serial = 0;
  host.worker.link.quitting = true; /* it was another's */
  assert_int_equal (hear (), 0);
  assert_int_equal (host.target.state, HANDSHAKE_TARGET_OPENING);
}

static void
test_export_has_to_fit (void **state)
{
  struct nbd_client_export *export = &host.worker.link.status.export;

  (void) state;
  export->read_only = true;
  assert_fails ("is read-only");
  export->read_only = false;
  export->size = 4095;
  host.tune.sector_size = 4096;
  assert_fails ("less than one sector");
  export->size = 4096;
  host.tune.write_cache = TUNE_CACHE_OFF;
  export->flush = false;
  assert_fails ("neither flush nor FUA");
  export->fua = true;
  assert_int_equal (hear (), 0);
  assert_int_equal (host.target.state, HANDSHAKE_TARGET_OPEN);
}

static void
test_cdrom_may_wait_for_its_medium (void **state)
{
  (void) state;
  host.worker.link.status.export.size = 0;
  host.worker.link.status.export.real_size = 0;
  assert_fails ("less than one sector");
  host.facts.config.cdrom = true;
  host.facts.config.writable = false;
  assert_int_equal (hear (), 0);
  assert_int_equal (host.target.state, HANDSHAKE_TARGET_OPEN);
}

/* A script waits for a verdict; nobody else minds that it takes longer. */
static void
test_attempt_fails_what_a_script_waits_for (void **state)
{
  struct message_status *status = &host.worker.link.status;

  (void) state;
  status->target = HANDSHAKE_TARGET_OPENING;
  assert_int_equal (hear (), 0);
  status->attempts = 1;
  strcpy (status->reason, "connection refused");
  assert_int_equal (hear (), 0);
  assert_int_equal (host.target.state, HANDSHAKE_TARGET_OPENING);
  assert_string_equal (host.target.failure, "connection refused");
  strcpy (host.facts.config.script, "/etc/xen/scripts/block-nbdback");
  assert_fails ("nbd://h/x: connection refused");
  host.facts.state.claimed = true;
  assert_int_equal (hear (), 0);
}

static void
test_delay_doubles_up_to_a_limit (void **state)
{
  unsigned i;

  (void) state;
  assert_true (disk_target_delay (&host.target) == DISK_RETRY);
  assert_true (disk_target_delay (&host.target) == 2 * DISK_RETRY);
  for (i = 0; i < 10; i++)
    assert_true (disk_target_delay (&host.target) <= DISK_RETRY_MAX);
  assert_true (disk_target_delay (&host.target) == DISK_RETRY_MAX);
  assert_int_equal (hear (), 0); /* it is open: all is forgotten */
  assert_true (disk_target_delay (&host.target) == DISK_RETRY);
}

/* The word in nbd-state. */

static void
test_worker_that_cannot_be_asked_is_unknown (void **state)
{
  (void) state;
  host.worker.link.state = WORKER_LINK_STRANGE;
  assert_shown ("unknown",
                "the worker is of a later version than the daemon");
  host.worker.link.state = WORKER_LINK_LATE;
  assert_shown ("unknown", "the worker does not answer");
}

static void
test_server_comes_before_the_rest (void **state)
{
  struct message_status *status = &host.worker.link.status;

  (void) state;
  assert_int_equal (hear (), 0);
  strcpy (status->reason, "it is away");
  strcpy (status->stopped, "no space");
  status->server = NBD_CLIENT_HELD;
  assert_shown ("held", "it is away");
  status->server = NBD_CLIENT_SLOW;
  assert_shown ("slow", "it is away");
  status->server = NBD_CLIENT_OPEN;
  assert_shown ("stopped", "no space");
  status->stopped[0] = '\0';
  assert_shown ("connected", "");
  host.facts.config.cdrom = true;
  host.facts.config.writable = false;
  host.facts.config.params[0] = '\0';
  assert_shown ("empty", "");
}

static void
test_failure_is_shown (void **state)
{
  (void) state;
  host.worker.link.has_status = false;
  assert_shown ("opening", "");
  disk_target_fail (&host.target, &host.facts, "no such file");
  assert_shown ("failed", "no such file");
  disk_target_begin (&host.target);
  assert_shown ("opening", "no such file");
}

#define TEST(f) cmocka_unit_test_setup (f, set_up)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_name_is_canonical),
    TEST (test_no_target_has_no_name),
    TEST (test_empty_drive_needs_no_name),
    TEST (test_open_export_is_taken),
    TEST (test_what_is_not_settled_says_nothing),
    TEST (test_export_has_to_fit),
    TEST (test_cdrom_may_wait_for_its_medium),
    TEST (test_attempt_fails_what_a_script_waits_for),
    TEST (test_delay_doubles_up_to_a_limit),
    TEST (test_worker_that_cannot_be_asked_is_unknown),
    TEST (test_server_comes_before_the_rest),
    TEST (test_failure_is_shown),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

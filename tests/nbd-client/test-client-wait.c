/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How long commands wait: for a slow server, up to the limit, or until they
 * are cancelled.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "server.h"

/* A read that is under way while the test does other things. */
struct pending {
  struct nbd_command command;
  char memory[4096 + 2 * NBD_CLIENT_MARGIN];
};

static struct pending pending;

static void
submit (struct rig *rig, enum nbd_client_op op)
{
  memset (&pending, 0, sizeof pending);
  pending.command.op = op;
  pending.command.count = op == NBD_CLIENT_FLUSH ? 0 : 4096;
  pending.command.buffer = pending.memory + NBD_CLIENT_MARGIN;
  pending.command.error = -1;
  rig->last = NULL;
  nbd_client_submit (rig->client, &pending.command);
}

static bool
is_over (struct rig *rig)
{
  return rig->last == &pending.command;
}

static const struct nbd_client_status *
status_of (struct rig *rig)
{
  return nbd_client_status (rig->client);
}

static void
test_slow (void **state)
{
  int pid = server_start ("s", "--filter=delay", "memory", "1M",
                          "delay-read=1", NULL);
  struct nbd_client_options options = rig_options;
  struct rig rig;
  char params[300];

  (void) state;
  options.slow_after = .3;
  snprintf (params, sizeof params, "nbd:unix:%s", server_path ("s"));
  rig_begin (&rig, params, &options);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  submit (&rig, NBD_CLIENT_READ);
  rig_until_state (&rig, NBD_CLIENT_SLOW);
  assert_int_equal (nbd_client_busy (rig.client), 1);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  assert_int_equal (pending.command.error, 0);
  assert_int_equal (status_of (&rig)->connects, 1);
  /* And once more, after the timer has been idle. */
  rig_for (&rig, .5);
  submit (&rig, NBD_CLIENT_READ);
  rig_until_state (&rig, NBD_CLIENT_SLOW);
  rig_until (&rig, is_over);
  rig_end (&rig);
  server_kill (pid);
}

static void
test_gives_up (void **state)
{
  int pid = server_start ("s", "memory", "1M", NULL);
  struct nbd_client_options options = rig_options;
  struct rig rig;
  char params[300];

  (void) state;
  options.reconnect_limit = .5;
  snprintf (params, sizeof params, "nbd:unix:%s", server_path ("s"));
  rig_begin (&rig, params, &options);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  server_kill (pid);
  submit (&rig, NBD_CLIENT_WRITE);
  rig_until_state (&rig, NBD_CLIENT_HELD);
  assert_int_equal (nbd_client_busy (rig.client), 1);
  rig_until_state (&rig, NBD_CLIENT_GIVEN_UP);
  assert_int_equal (pending.command.error, EIO);
  assert_true (status_of (&rig)->attempts > 2);
  submit (&rig, NBD_CLIENT_READ);
  rig_until (&rig, is_over);
  assert_int_equal (pending.command.error, EIO);
  pid = server_start ("s", "memory", "1M", NULL);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  submit (&rig, NBD_CLIENT_READ);
  rig_until (&rig, is_over);
  assert_int_equal (pending.command.error, 0);
  rig_end (&rig);
  server_kill (pid);
}

static void
test_cancel (void **state)
{
  int pid = server_start ("s", "--filter=delay", "memory", "1M",
                          "delay-read=2", NULL);
  struct rig rig;

  (void) state;
  rig_open (&rig, "s");
  /* At the server. */
  submit (&rig, NBD_CLIENT_READ);
  rig_for (&rig, .1);
  nbd_client_cancel (rig.client);
  assert_int_equal (nbd_client_status (rig.client)->state, NBD_CLIENT_HELD);
  assert_ptr_equal (nbd_client_reap (rig.client), &pending.command);
  assert_int_equal (pending.command.error, ECANCELED);
  assert_int_equal (nbd_client_busy (rig.client), 0);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  assert_int_equal (status_of (&rig)->connects, 2);
  /* Not sent yet: the connection may stay. */
  submit (&rig, NBD_CLIENT_READ);
  nbd_client_cancel (rig.client);
  assert_ptr_equal (nbd_client_reap (rig.client), &pending.command);
  assert_int_equal (nbd_client_status (rig.client)->state, NBD_CLIENT_OPEN);
  /* Held. */
  server_kill (pid);
  rig_until_state (&rig, NBD_CLIENT_HELD);
  submit (&rig, NBD_CLIENT_READ);
  rig_for (&rig, .1);
  nbd_client_cancel (rig.client);
  assert_ptr_equal (nbd_client_reap (rig.client), &pending.command);
  assert_int_equal (pending.command.error, ECANCELED);
  rig_end (&rig);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_slow),
    cmocka_unit_test (test_gives_up),
    cmocka_unit_test (test_cancel),
  };

  server_need_nbdkit ();
  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The server goes away, comes back, or comes back wrong: the
 * commands are held and done in the end, and nothing is lost.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load.h"
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
test_killed_under_load (void **state)
{
  struct rig rig;
  struct load *load;
  int pid;

  (void) state;
  server_make_file ("disk", 4 << 20);
  pid = server_start ("s", "file", server_path ("disk"), NULL);
  rig_open (&rig, "s");
  load = load_new (&rig, 4000);
  for (unsigned i = 1; i <= 10; i++) {
    load_until (load, 350);
    server_kill (pid);
    if (i % 2) {
      rig_until_state (&rig, NBD_CLIENT_HELD);
      rig_for (&rig, .1);
    }
    pid = server_start ("s", "file", server_path ("disk"), NULL);
  }
  load_finish (load);
  assert_int_equal (status_of (&rig)->connects, 11);
  assert_int_equal (status_of (&rig)->attempts, 0);
  rig_end (&rig);
  server_kill (pid);
}

/* The same over TCP, with blocks that need more than one step. */
static void
test_killed_tcp_blocks (void **state)
{
  unsigned port = 0;
  char params[64];
  struct rig rig;
  struct load *load;
  int pid;

  (void) state;
#define START() \
  server_start_tcp ("127.0.0.1", &port, "--filter=blocksize-policy", "file", \
                    server_path ("disk"), "blocksize-minimum=4096", \
                    "blocksize-preferred=4096", "blocksize-maximum=32768", \
                    "blocksize-error-policy=error", NULL)
  server_make_file ("disk", 4 << 20);
  pid = START ();
  snprintf (params, sizeof params, "nbd:127.0.0.1:%u", port);
  rig_begin (&rig, params, &rig_options);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  load = load_new (&rig, 2500);
  load_crowd (load, 16384, 256 << 10);
  for (unsigned i = 1; i <= 6; i++) {
    load_until (load, 350);
    server_kill (pid);
    pid = START ();
  }
  load_finish (load);
  assert_int_equal (status_of (&rig)->connects, 7);
  rig_end (&rig);
  server_kill (pid);
}

/* nbdkit answers ESHUTDOWN and waits for us to leave. */
static void
test_terminated_under_load (void **state)
{
  struct rig rig;
  struct load *load;
  int pid;

  (void) state;
  server_make_file ("disk", 4 << 20);
  pid = server_start ("s", "file", server_path ("disk"), NULL);
  rig_open (&rig, "s");
  load = load_new (&rig, 6000);
  for (unsigned i = 1; i <= 6; i++) {
    load_until (load, 350);
    rig_until_state (&rig, NBD_CLIENT_OPEN);
    server_signal (pid, SIGTERM);
    rig_until_state (&rig, NBD_CLIENT_HELD);
    server_wait (pid);
    pid = server_start ("s", "file", server_path ("disk"), NULL);
  }
  load_finish (load);
  assert_int_equal (status_of (&rig)->connects, 7);
  rig_end (&rig);
  server_kill (pid);
}

/* A server that shuts down may still be writing: nothing runs again before
 * it has finished that.
 */
static void
test_shutdown_waits_for_writes (void **state)
{
  int pid = server_start ("s", "eval", "get_size=echo 1M", "can_write=exit 0",
                          "thread_model=echo parallel",
                          "pwrite=sleep 1; cat >/dev/null",
                          "pread=echo ESHUTDOWN no >&2; exit 1", NULL);
  struct pending *read = calloc (1, sizeof *read);
  struct rig rig;

  (void) state;
  rig_open (&rig, "s");
  submit (&rig, NBD_CLIENT_WRITE);
  read->command.count = 4096;
  read->command.buffer = read->memory + NBD_CLIENT_MARGIN;
  nbd_client_submit (rig.client, &read->command);
  rig_for (&rig, .3);
  assert_int_equal (status_of (&rig)->state, NBD_CLIENT_OPEN);
  rig_until_state (&rig, NBD_CLIENT_HELD);
  assert_ptr_equal (rig.last, &pending.command);
  assert_int_equal (pending.command.error, 0);
  assert_string_equal (status_of (&rig)->reason,
                       "the server is shutting down");
  assert_int_equal (nbd_client_busy (rig.client), 1);
  rig_end (&rig);
  free (read);
  server_kill (pid);
}

/* A flush that got no answer is sent again. */
static void
test_flush_again (void **state)
{
  char logfile[300];
  struct rig rig;
  int pid = server_start ("s", "eval", "get_size=echo 1M", "can_flush=exit 0",
                          "can_write=exit 0", "pwrite=cat >/dev/null",
                          "flush=sleep 30", "pread=exit 1", NULL);

  (void) state;
  rig_open (&rig, "s");
  submit (&rig, NBD_CLIENT_FLUSH);
  rig_for (&rig, .2);
  server_kill (pid);
  snprintf (logfile, sizeof logfile, "logfile=%s", server_path ("log"));
  pid = server_start ("s", "--filter=log", "memory", "1M", logfile, NULL);
  rig_until (&rig, is_over);
  assert_int_equal (pending.command.error, 0);
  assert_int_equal (server_count ("log", " Flush "), 1);
  rig_end (&rig);
  server_kill (pid);
}

static bool
is_half_done (struct rig *rig)
{
  (void) rig;
  return pending.command.done == 2048;
}

/* A write of which the server had done a part is sent again from its
 * beginning: the part may have died with the server.
 */
static void
test_write_again (void **state)
{
  struct rig rig;
  char data[4096];
  int pid = server_start ("s", "eval", "get_size=echo 1M", "can_write=exit 0",
                          "block_size=echo 512 2048 2048",
                          "thread_model=echo parallel", "pread=exit 1",
                          "pwrite=cat >/dev/null; [ $4 = 0 ] || sleep 3",
                          NULL);

  (void) state;
  rig_open (&rig, "s");
  submit (&rig, NBD_CLIENT_WRITE);
  memset (pending.command.buffer, 'w', 4096);
  rig_until (&rig, is_half_done);
  rig_for (&rig, .1);
  server_kill (pid);
  pid = server_start ("s", "memory", "1M", NULL);
  rig_until (&rig, is_over);
  assert_int_equal (pending.command.error, 0);
  assert_int_equal (rig_do (&rig, NBD_CLIENT_READ, 0, 4096, data), 0);
  assert_memory_equal (data, pending.command.buffer, 4096);
  rig_end (&rig);
  server_kill (pid);
}

/* libnbd finds the server dead while a command is being submitted. */
static void
test_dead_at_submit (void **state)
{
  int pid = server_start ("s", "memory", "1M", NULL);
  struct rig rig;

  (void) state;
  rig_open (&rig, "s");
  server_kill (pid);
  submit (&rig, NBD_CLIENT_WRITE);
  nbd_client_turn (rig.client);
  assert_int_equal (nbd_client_status (rig.client)->state, NBD_CLIENT_HELD);
  assert_true (strlen (status_of (&rig)->reason) > 0);
  pid = server_start ("s", "memory", "1M", NULL);
  rig_until (&rig, is_over);
  assert_int_equal (pending.command.error, 0);
  rig_end (&rig);
  server_kill (pid);
}

/* The same within TLS, whose library writes in its own way. */
static void
test_dead_at_submit_tls (void **state)
{
  struct rig rig;
  char params[600];
  int pid;

  (void) state;
  server_make_text ("keys", "alice:00112233445566778899aabbccddeeff\n");
#define START_TLS() \
  server_start ("s", "--tls=require", "--tls-psk", server_path ("keys"), \
                "memory", "1M", NULL)
  pid = START_TLS ();
  snprintf (params, sizeof params,
            "nbds+unix://alice@/?socket=%s&tls-psk-file=%s",
            server_path ("s"), server_path ("keys"));
  rig_begin (&rig, params, &rig_options);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  server_kill (pid);
  submit (&rig, NBD_CLIENT_WRITE);
  nbd_client_turn (rig.client);
  pid = START_TLS ();
  rig_until (&rig, is_over);
  assert_int_equal (pending.command.error, 0);
  assert_int_equal (status_of (&rig)->connects, 2);
  rig_end (&rig);
  server_kill (pid);
}

/* Each comes back wrong in its own way; the command waits for the right
 * one, which may be larger.
 */
static void
test_comes_back_wrong (void **state)
{
  static const struct { const char *argv[8], *says; } wrong[] = {
    { { "memory", "1M" }, "the export is now 1048576 bytes, it was 2097152" },
    { { "-r", "memory", "2M" }, "the export is now read-only" },
    { { "eval", "get_size=echo 2M", "can_write=exit 0", "can_trim=exit 0",
        "can_multi_conn=exit 0", "pread=exit 1", "pwrite=exit 1" },
      "the server no longer offers flush" },
    { { "eval", "get_size=echo 2M", "can_write=exit 0", "can_flush=exit 0",
        "can_multi_conn=exit 0", "pread=exit 1", "pwrite=exit 1" },
      "the server no longer offers trim" },
    { { "--filter=blocksize-policy", "memory", "2M", "blocksize-minimum=4096",
        "blocksize-preferred=4096", "blocksize-maximum=1M" },
      "the minimum block size is now 4096 bytes, it was 512" },
    { { "memory", "0" }, "the export has size 0" },
  };
  struct rig rig;
  int pid = server_start ("s", "memory", "2M", NULL);
  const struct nbd_client_export *export;

  (void) state;
  rig_open (&rig, "s");
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    const char *const *a = wrong[i].argv;

    server_kill (pid);
    if (i == 0)
      submit (&rig, NBD_CLIENT_READ);
    pid = server_start ("s", a[0], a[1], a[2], a[3], a[4], a[5], a[6], NULL);
    rig_until_reason (&rig, wrong[i].says);
    assert_int_equal (status_of (&rig)->state, NBD_CLIENT_HELD);
    assert_true (status_of (&rig)->refused);
    assert_int_equal (status_of (&rig)->connects, 1);
    assert_int_equal (nbd_client_busy (rig.client), 1);
  }
  server_kill (pid);
  pid = server_start ("s", "memory", "3M", NULL);
  rig_until (&rig, is_over);
  export = nbd_client_export (rig.client);
  assert_int_equal (pending.command.error, 0);
  assert_int_equal (export->size, 3 << 20);
  assert_int_equal (status_of (&rig)->state, NBD_CLIENT_OPEN);
  assert_false (status_of (&rig)->refused);
  rig_end (&rig);
  server_kill (pid);
}

/* The largest block may shrink: commands are then split more. */
static void
test_maximum_shrinks (void **state)
{
  int pid = server_start ("s", "memory", "1M", NULL);
  struct rig rig;
  char *data = calloc (1, 256 << 10);

  (void) state;
  rig_open (&rig, "s");
  server_kill (pid);
  pid = server_start ("s", "--filter=blocksize-policy", "memory", "1M",
                      "blocksize-minimum=512", "blocksize-preferred=4096",
                      "blocksize-maximum=8192",
                      "blocksize-error-policy=error", NULL);
  rig_until_state (&rig, NBD_CLIENT_HELD);
  assert_int_equal (rig_do (&rig, NBD_CLIENT_WRITE, 512, 256 << 10, data), 0);
  assert_int_equal (rig_do (&rig, NBD_CLIENT_READ, 1024, 256 << 10, data), 0);
  rig_end (&rig);
  free (data);
  server_kill (pid);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_killed_under_load),
    cmocka_unit_test (test_killed_tcp_blocks),
    cmocka_unit_test (test_terminated_under_load),
    cmocka_unit_test (test_shutdown_waits_for_writes),
    cmocka_unit_test (test_flush_again),
    cmocka_unit_test (test_write_again),
    cmocka_unit_test (test_dead_at_submit),
    cmocka_unit_test (test_dead_at_submit_tls),
    cmocka_unit_test (test_comes_back_wrong),
    cmocka_unit_test (test_maximum_shrinks),
  };

  server_need_nbdkit ();
  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands on a server that stays: data, flush, trim, block sizes, bounds,
 * and the server's own errors.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "load.h"
#include "rig.h"
#include "server.h"

static void
test_verified_load (void **state)
{
  int pid = server_start ("s", "memory", "4M", NULL);
  struct rig rig;
  struct load *load;

  (void) state;
  rig_open (&rig, "s");
  load = load_new (&rig, 3000);
  load_finish (load);
  assert_int_equal (nbd_client_status (rig.client)->connects, 1);
  rig_end (&rig);
  server_kill (pid);
}

static void
test_structured_replies (void **state)
{
  int pid = server_start ("s", "memory", "4M", NULL);
  struct nbd_client_options options = rig_options;
  struct rig rig;
  struct load *load;
  char params[300];

  (void) state;
  options.structured_replies = true;
  snprintf (params, sizeof params, "nbd:unix:%s", server_path ("s"));
  rig_begin (&rig, params, &options);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  load = load_new (&rig, 1000);
  load_finish (load);
  rig_end (&rig);
  server_kill (pid);
}

/* Many more commands than are sent at once. */
static void
test_deep_queue (void **state)
{
  enum { DEPTH = 500 };
  int pid = server_start ("s", "memory", "4M", NULL);
  struct nbd_command *commands = calloc (DEPTH, sizeof *commands);
  char *memory = calloc (1, 4096 + 2 * NBD_CLIENT_MARGIN);
  struct rig rig;
  unsigned reaped = 0;

  (void) state;
  rig_open (&rig, "s");
  for (unsigned i = 0; i < DEPTH; i++) {
    commands[i].count = 4096;
    commands[i].offset = 4096 * i;
    commands[i].buffer = memory + NBD_CLIENT_MARGIN;
    nbd_client_submit (rig.client, &commands[i]);
  }
  assert_int_equal (nbd_client_busy (rig.client), DEPTH);
  rig_until_idle (&rig);
  for (unsigned i = 0; i < DEPTH; i++)
    reaped += commands[i].error == 0;
  assert_int_equal (reaped, DEPTH);
  rig_end (&rig);
  free (memory);
  free (commands);
  server_kill (pid);
}

/* The server's log tells what it was sent. */
static void
test_flush_and_trim (void **state)
{
  char logfile[300];
  struct rig rig;
  int pid;

  (void) state;
  snprintf (logfile, sizeof logfile, "logfile=%s", server_path ("log"));
  pid = server_start ("s", "--filter=log", "memory", "8G", logfile, NULL);
  rig_open (&rig, "s");
  assert_int_equal (rig_do (&rig, NBD_CLIENT_FLUSH, 0, 0, NULL), 0);
  assert_int_equal (server_count ("log", " Flush "), 1);
  assert_int_equal (rig_do (&rig, NBD_CLIENT_TRIM, 512, 1024, NULL), 0);
  assert_int_equal (server_count ("log", " Trim "), 1);
  assert_int_equal (server_count ("log", "offset=0x200 count=0x400"), 1);
  assert_int_equal (rig_do (&rig, NBD_CLIENT_TRIM, 0, 5ull << 30, NULL), 0);
  assert_int_equal (server_count ("log", "count=0x40000000"), 5);
  assert_int_equal (server_count ("log", " Read "), 0);
  assert_int_equal (server_count ("log", " Write "), 0);
  rig_end (&rig);
  server_kill (pid);
}

/* Blocks larger than a sector: data is right although neighbours in one
 * block are written at the same time, and nothing unaligned is sent.
 */
static void
check_blocks (const char *minimum, const char *maximum)
{
  char minimum_text[64], maximum_text[64];
  struct rig rig;
  struct load *load;
  int pid;

  snprintf (minimum_text, sizeof minimum_text, "blocksize-minimum=%s", minimum);
  snprintf (maximum_text, sizeof maximum_text, "blocksize-maximum=%s", maximum);
  pid = server_start ("s", "--filter=blocksize-policy", "--filter=delay",
                      "memory", "4M", "delay-write=2ms", "delay-read=1ms",
                      "blocksize-error-policy=error",
                      "blocksize-preferred=65536", minimum_text, maximum_text,
                      NULL);
  rig_open (&rig, "s");
  assert_int_equal (nbd_client_export (rig.client)->minimum_block,
                    (uint32_t) atoi (minimum));
  load = load_new (&rig, 400);
  load_finish (load);
  rig_end (&rig);
  server_kill (pid);

  pid = server_start ("s", "--filter=blocksize-policy", "--filter=delay",
                      "memory", "4M", "delay-write=2ms",
                      "blocksize-error-policy=error",
                      "blocksize-preferred=65536", minimum_text, maximum_text,
                      NULL);
  rig_open (&rig, "s");
  load = load_new (&rig, 1500);
  load_crowd (load, 2048, 128 << 10);
  load_finish (load);
  rig_end (&rig);
  server_kill (pid);
}

static void
test_blocks_4096 (void **state)
{
  (void) state;
  check_blocks ("4096", "65536");
}

static void
test_blocks_65536 (void **state)
{
  (void) state;
  check_blocks ("65536", "65536");
}

static void
test_bounds (void **state)
{
  int pid = server_start ("s", "memory", "1000001", NULL);
  struct rig rig;
  char *data = calloc (1, 2 << 20);

  (void) state;
  rig_open (&rig, "s");
  assert_int_equal (nbd_client_export (rig.client)->size, 999936);
  assert_int_equal (nbd_client_export (rig.client)->real_size, 1000001);
#define DO(op, offset, count) rig_do (&rig, op, offset, count, data)
  assert_int_equal (DO (NBD_CLIENT_READ, 999936 - 512, 512), 0);
  assert_int_equal (DO (NBD_CLIENT_READ, 999936, 512), EINVAL);
  assert_int_equal (DO (NBD_CLIENT_READ, 999936 - 512, 1024), EINVAL);
  assert_int_equal (DO (NBD_CLIENT_TRIM, 512, UINT64_MAX - 511), EINVAL);
  assert_int_equal (DO (NBD_CLIENT_TRIM, UINT64_MAX - 511, 512), EINVAL);
  assert_int_equal (DO (NBD_CLIENT_WRITE, 1, 512), EINVAL);
  assert_int_equal (DO (NBD_CLIENT_WRITE, 0, 511), EINVAL);
  assert_int_equal (DO (NBD_CLIENT_FLUSH, 0, 512), EINVAL);
  assert_int_equal (DO (NBD_CLIENT_READ, 0, 999936), 0);
  assert_int_equal (DO (NBD_CLIENT_READ, 0, 0), 0);
  rig_end (&rig);
  server_kill (pid);
  pid = server_start ("s", "memory", "4M", NULL);
  rig_open (&rig, "s");
  assert_int_equal (DO (NBD_CLIENT_READ, 0, 1 << 20), 0);
  assert_int_equal (DO (NBD_CLIENT_READ, 0, (1 << 20) + 512), EINVAL);
  rig_end (&rig);
  server_kill (pid);
  free (data);
}

static void
test_read_only (void **state)
{
  int pid = server_start ("s", "-r", "memory", "1M", NULL);
  struct nbd_client_options options = rig_options;
  struct rig rig;
  char params[300], data[512] = "";

  (void) state;
  rig_open (&rig, "s");
  assert_true (nbd_client_export (rig.client)->read_only);
  assert_int_equal (DO (NBD_CLIENT_WRITE, 0, 512), EPERM);
  assert_int_equal (DO (NBD_CLIENT_TRIM, 0, 512), EPERM);
  assert_int_equal (DO (NBD_CLIENT_READ, 0, 512), 0);
  rig_end (&rig);
  server_kill (pid);

  /* The same by our own choice. */
  pid = server_start ("s", "memory", "1M", NULL);
  options.read_only = true;
  snprintf (params, sizeof params, "nbd:unix:%s", server_path ("s"));
  rig_begin (&rig, params, &options);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  assert_true (nbd_client_export (rig.client)->read_only);
  assert_int_equal (DO (NBD_CLIENT_WRITE, 0, 512), EPERM);
  assert_int_equal (DO (NBD_CLIENT_READ, 0, 512), 0);
  rig_end (&rig);
  server_kill (pid);
}

static void
test_not_offered (void **state)
{
  int pid = server_start ("s", "eval", "get_size=echo 1M",
                          "pread=head -c $3 /dev/zero", NULL);
  struct rig rig;

  (void) state;
  rig_open (&rig, "s");
  assert_true (nbd_client_export (rig.client)->read_only);
  assert_int_equal (rig_do (&rig, NBD_CLIENT_FLUSH, 0, 0, NULL), ENOTSUP);
  rig_end (&rig);
  server_kill (pid);
  pid = server_start ("s", "eval", "get_size=echo 1M", "can_write=exit 0",
                      "pwrite=cat >/dev/null", "pread=exit 1", NULL);
  rig_open (&rig, "s");
  assert_int_equal (rig_do (&rig, NBD_CLIENT_TRIM, 0, 512, NULL), ENOTSUP);
  rig_end (&rig);
  server_kill (pid);
}

/* The server's error is the command's, and the next one goes on. */
static void
test_errors (void **state)
{
  static const struct { const char *name; int error; } errors[] = {
    { "EIO", EIO }, { "ENOSPC", ENOSPC }, { "EPERM", EPERM },
    { "EINVAL", EINVAL }, { "ENOMEM", ENOMEM },
  };
  char text[64], file[300], data[4096] = "";
  struct rig rig;

  (void) state;
  for (unsigned i = 0; i < sizeof errors / sizeof errors[0]; i++) {
    int pid;

    snprintf (text, sizeof text, "error=%s", errors[i].name);
    snprintf (file, sizeof file, "error-file=%s", server_path ("on"));
    server_make_text ("on", "");
    pid = server_start ("s", "--filter=error", "memory", "1M", text, file,
                        "error-rate=100%", NULL);
    rig_open (&rig, "s");
    assert_int_equal (DO (NBD_CLIENT_WRITE, 0, 4096), errors[i].error);
    assert_int_equal (DO (NBD_CLIENT_READ, 0, 4096), errors[i].error);
    assert_int_equal (DO (NBD_CLIENT_TRIM, 0, 4096), errors[i].error);
    remove (server_path ("on"));
    assert_int_equal (DO (NBD_CLIENT_READ, 0, 4096), 0);
    assert_int_equal (nbd_client_status (rig.client)->connects, 1);
    rig_end (&rig);
    server_kill (pid);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_verified_load),
    cmocka_unit_test (test_structured_replies),
    cmocka_unit_test (test_deep_queue),
    cmocka_unit_test (test_flush_and_trim),
    cmocka_unit_test (test_blocks_4096),
    cmocka_unit_test (test_blocks_65536),
    cmocka_unit_test (test_bounds),
    cmocka_unit_test (test_read_only),
    cmocka_unit_test (test_not_offered),
    cmocka_unit_test (test_errors),
  };

  server_need_nbdkit ();
  return cmocka_run_group_tests (tests, NULL, NULL);
}

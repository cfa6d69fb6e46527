/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The client can be freed at any moment.  What is wrong about it shows under
 * valgrind or the address sanitizer: buffers and loop go right after it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "load.h"
#include "rig.h"
#include "server.h"

/* Let the client live for some turns of its loop, then for some time. */
static void
live_and_free (const char *params, unsigned turns, double seconds)
{
  struct rig rig;

  rig_begin (&rig, params, &rig_options);
  for (unsigned i = 0; i < turns; i++) {
    nbd_client_turn (rig.client);
    ev_run (rig.loop, EVRUN_NOWAIT);
  }
  if (seconds > 0)
    rig_for (&rig, seconds);
  rig_end (&rig);
}

static void
check_all_moments (const char *params)
{
  for (unsigned turns = 0; turns < 40; turns++)
    live_and_free (params, turns, 0);
  for (unsigned ms = 0; ms < 12; ms++)
    live_and_free (params, 1, ms / 1000.);
}

static void
test_while_connecting (void **state)
{
  char params[600];
  unsigned port = 0;
  int pid = server_start_tcp ("127.0.0.1", &port, "memory", "1M", NULL);

  (void) state;
  snprintf (params, sizeof params, "nbd:127.0.0.1:%u", port);
  check_all_moments (params);
  snprintf (params, sizeof params, "nbd://localhost:%u/", port);
  check_all_moments (params);
  server_kill (pid);
  check_all_moments (params);
  check_all_moments ("nbd://no-such-host.invalid/");
  check_all_moments ("nbd:unix:/no/such/socket");

  /* The thread that looks up the name has libnbd's handle meanwhile. */
  mkdir (server_path ("pki"), 0700);
  server_make_text ("pki/ca-cert.pem", "");
  snprintf (params, sizeof params, "nbds://localhost:%u/?tls-certificates=%s",
            port, server_path ("pki"));
  check_all_moments (params);
  /* Threads that were left behind end in their own time. */
  usleep (200000);
}

static void
test_with_commands (void **state)
{
  struct rig rig;
  struct load *load;

  (void) state;
  for (unsigned ms = 0; ms < 60; ms++) {
    int pid = server_start ("s", "--filter=blocksize-policy", "--filter=delay",
                            "memory", "4M", "delay-read=2ms",
                            "delay-write=2ms", "blocksize-minimum=4096",
                            "blocksize-preferred=4096",
                            "blocksize-maximum=65536", NULL);

    rig_open (&rig, "s");
    load = load_new (&rig, 1000000);
    load_until (load, ms % 5);
    rig_for (&rig, ms / 4000.);
    if (ms % 3 == 0)
      server_kill (pid);
    if (ms % 6 == 0)
      rig_for (&rig, .07);
    /* The buffers go right after the client. */
    nbd_client_free (rig.client);
    rig.client = NULL;
    load_free (load);
    rig_end (&rig);
    server_kill (pid);
  }
}

static void
test_null (void **state)
{
  (void) state;
  nbd_client_free (NULL);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_while_connecting),
    cmocka_unit_test (test_with_commands),
    cmocka_unit_test (test_null),
  };

  server_need_nbdkit ();
  return cmocka_run_group_tests (tests, NULL, NULL);
}

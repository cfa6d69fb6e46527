/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Getting a connection: transports, TLS, and what is said when there is
 * none to be had.
 */

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "load.h"
#include "rig.h"
#include "server.h"

/* Short deadlines for what does not come. */
static const struct nbd_client_options hasty = {
  .connect_timeout = .5,
};

static const struct nbd_client_status *
status_of (struct rig *rig)
{
  return nbd_client_status (rig->client);
}

/* One read over whatever `params` says. */
static void
check_works (const char *params)
{
  struct rig rig;
  char data[4096];

  rig_begin (&rig, params, &rig_options);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  assert_int_equal (rig_do (&rig, NBD_CLIENT_READ, 0, sizeof data, data), 0);
  rig_end (&rig);
}

/* Never opens, and says so; `refused` by a server that is there. */
static void
check_fails (const char *params, const char *reason, bool refused)
{
  struct rig rig;

  rig_begin (&rig, params, &hasty);
  rig_until_reason (&rig, reason);
  assert_int_equal (status_of (&rig)->state, NBD_CLIENT_OPENING);
  assert_true (status_of (&rig)->attempts >= 1);
  assert_int_equal (status_of (&rig)->connects, 0);
  if (status_of (&rig)->refused != refused)
    fail_msg ("refused is %d: %s", !refused, status_of (&rig)->reason);
  assert_null (nbd_client_export (rig.client));
  assert_int_equal (nbd_client_scratch (rig.client), 0);
  rig_end (&rig);
}

static const char *
unix_params (const char *scheme, const char *user, const char *rest)
{
  static char params[1024];

  snprintf (params, sizeof params, "%s://%s/?socket=%s%s", scheme, user,
            server_path ("s"), rest);
  return params;
}

static void
test_absent_then_there (void **state)
{
  char params[300];
  struct rig rig;
  int pid;

  (void) state;
  snprintf (params, sizeof params, "nbd:unix:%s", server_path ("later"));
  rig_begin (&rig, params, &rig_options);
  rig_until_reason (&rig, "No such file or directory");
  assert_int_equal (status_of (&rig)->state, NBD_CLIENT_OPENING);
  rig_for (&rig, .5);
  assert_true (status_of (&rig)->attempts >= 3);
  assert_true (status_of (&rig)->attempts <= 6);
  pid = server_start ("later", "memory", "1M", NULL);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  assert_int_equal (status_of (&rig)->attempts, 0);
  rig_end (&rig);
  server_kill (pid);
}

static void
test_tcp (void **state)
{
  char params[100];
  unsigned port = 0;
  int pid;

  (void) state;
  pid = server_start_tcp ("127.0.0.1", &port, "memory", "1M", NULL);
  snprintf (params, sizeof params, "nbd:127.0.0.1:%u:exportname=x", port);
  check_works (params);
  snprintf (params, sizeof params, "nbd://localhost:%u/", port);
  check_works (params);
  server_kill (pid);
  check_fails (params, "Connection refused", false);
  snprintf (params, sizeof params, "nbd:127.0.0.1:%u", port);
  check_fails (params, "Connection refused", false);
}

static bool
have_ipv6 (void)
{
  struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
  int fd = socket (AF_INET6, SOCK_STREAM, 0);
  bool have;

  address.sin6_addr = in6addr_loopback;
  have = fd >= 0 &&
    bind (fd, (struct sockaddr *) &address, sizeof address) == 0;
  close (fd);
  return have;
}

static void
test_ipv6 (void **state)
{
  char params[100];
  unsigned port = 0;
  int pid;

  (void) state;
  if (!have_ipv6 ())
    skip ();
  pid = server_start_tcp ("::1", &port, "memory", "1M", NULL);
  snprintf (params, sizeof params, "nbd:[::1]:%u", port);
  check_works (params);
  server_kill (pid);
}

static void
test_unknown_host (void **state)
{
  struct nbd_client_options options = rig_options;
  struct rig rig;

  (void) state;
  options.connect_timeout = 30;
  rig_begin (&rig, "nbd://no-such-host.invalid/", &options);
  rig_until_reason (&rig, "cannot look up the host 'no-such-host.invalid'");
  rig_end (&rig);
}

static void
test_exports (void **state)
{
  char params[400];
  int pid = server_start ("s", "--filter=exportname", "memory", "1M",
                          "exportname-strict=true", "exportname=a b", NULL);

  (void) state;
  snprintf (params, sizeof params, "nbd:unix:%s:exportname=a b",
            server_path ("s"));
  check_works (params);
  snprintf (params, sizeof params, "nbd+unix:///a%%20b?socket=%s",
            server_path ("s"));
  check_works (params);
  snprintf (params, sizeof params, "nbd:unix:%s:exportname=c",
            server_path ("s"));
  check_fails (params, "no export named 'c'", true);
  server_kill (pid);

  /* The oldest protocol has one export, whatever is asked for. */
  pid = server_start ("s", "-o", "memory", "1M", NULL);
  check_fails (params, "no export names", true);
  check_works (unix_params ("nbd+unix", "", ""));
  server_kill (pid);

  pid = server_start ("s", "memory", "0", NULL);
  check_fails (unix_params ("nbd+unix", "", ""), "the export has size 0", true);
  server_kill (pid);
  pid = server_start ("s", "memory", "9223372036854775807", NULL);
  check_works (unix_params ("nbd+unix", "", ""));
  server_kill (pid);
}

/* A socket that listens and never says a word, on TCP or as "s". */
static int
listen_silently (unsigned *port)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (port ? AF_INET : AF_UNIX, SOCK_STREAM, 0);

  if (port) {
    address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
    assert_int_equal (bind (fd, (struct sockaddr *) &address, length), 0);
    getsockname (fd, (struct sockaddr *) &address, &length);
    *port = ntohs (address.sin_port);
  }
  else {
    strncpy (name.sun_path, server_path ("s"), sizeof name.sun_path - 1);
    unlink (name.sun_path);
    assert_int_equal (bind (fd, (struct sockaddr *) &name, sizeof name), 0);
  }
  assert_int_equal (listen (fd, 100), 0);
  return fd;
}

static void
test_silent_server (void **state)
{
  unsigned port;
  int unix_fd = listen_silently (NULL), tcp_fd = listen_silently (&port);
  char params[100];

  (void) state;
  check_fails (unix_params ("nbd+unix", "", ""),
               "did not complete the NBD handshake within 0.5 s", false);
  snprintf (params, sizeof params, "nbd:127.0.0.1:%u", port);
  check_fails (params, "did not complete the NBD handshake within 0.5 s",
               false);
  snprintf (params, sizeof params, "nbd://localhost:%u/", port);
  check_fails (params, "did not complete the NBD handshake within 0.5 s",
               false);
  close (unix_fd);
  close (tcp_fd);
}

/* Something answers that is no NBD server, or hangs up. */
static void
test_no_nbd_server (void **state)
{
  int fd = listen_silently (NULL), peer;
  struct rig rig;

  (void) state;
  rig_begin (&rig, unix_params ("nbd+unix", "", ""), &rig_options);
  rig_for (&rig, .1);
  peer = accept (fd, NULL, NULL);
  assert_int_equal (write (peer, "220 mail.example.org ESMTP ready\r\n", 34),
                    34);
  rig_until_reason (&rig, "did not send expected NBD magic");
  assert_true (status_of (&rig)->refused);
  close (peer);
  rig_for (&rig, 1.1);
  peer = accept (fd, NULL, NULL);
  close (peer);
  rig_until_reason (&rig, "disconnected unexpectedly");
  assert_false (status_of (&rig)->refused);
  rig_end (&rig);
  close (fd);
}

static void
test_tls_mismatch (void **state)
{
  int pid;

  (void) state;
  /* A key of its own, so that this needs no tool. */
  server_make_text ("keys", "alice:00112233445566778899aabbccddeeff\n");
  pid = server_start ("s", "--tls=require", "--tls-psk", server_path ("keys"),
                      "memory", "1M", NULL);
  check_fails (unix_params ("nbd+unix", "", ""), "requires TLS", true);
  server_kill (pid);
  pid = server_start ("s", "--tls=off", "memory", "1M", NULL);
  check_fails (unix_params ("nbds+unix", "alice@", "&tls-psk-file=/none"),
               "cannot read the key file /none", false);
  {
    char rest[300];

    snprintf (rest, sizeof rest, "&tls-psk-file=%s", server_path ("keys"));
    check_fails (unix_params ("nbds+unix", "alice@", rest), "refused TLS",
                 true);
  }
  check_fails (unix_params ("nbds+unix", "", ""),
               "TLS needs the parameter", false);
  check_fails (unix_params ("nbds+unix", "", "&tls-certificates=/tmp"),
               "works over TCP only", false);
  server_kill (pid);
}

static void
test_tls_psk (void **state)
{
  struct rig rig;
  char rest[300];
  int pid;

  (void) state;
  server_make_text ("keys", "alice:00112233445566778899aabbccddeeff\n");
  server_make_text ("other", "alice:ffeeddccbbaa99887766554433221100\n");
  pid = server_start ("s", "--tls=require", "--tls-psk", server_path ("keys"),
                      "memory", "4M", NULL);
  snprintf (rest, sizeof rest, "&tls-psk-file=%s", server_path ("keys"));
  rig_begin (&rig, unix_params ("nbds+unix", "alice@", rest), &rig_options);
  rig_until_state (&rig, NBD_CLIENT_OPEN);
  load_finish (load_new (&rig, 1000));
  rig_end (&rig);
  snprintf (rest, sizeof rest, "&tls-psk-file=%s", server_path ("other"));
  check_fails (unix_params ("nbds+unix", "alice@", rest), "gnutls", true);
  server_kill (pid);
}

/* Make a CA in folder `name`, and a server's certificate for
 * localhost.
 */
static void
make_ca (const char *name)
{
  char command[4096];
  const char *folder = server_path (name);

  mkdir (folder, 0700);
  snprintf (command, sizeof command,
            "cd '%s' && exec >/dev/null 2>&1 &&"
            " certtool --generate-privkey --key-type ecdsa >ca-key.pem &&"
            " printf 'cn=ca\\nca\\ncert_signing_key\\n' >ca.info &&"
            " certtool --generate-self-signed --load-privkey ca-key.pem"
            " --template ca.info >ca-cert.pem &&"
            " certtool --generate-privkey --key-type ecdsa >server-key.pem &&"
            " printf 'cn=localhost\\ndns_name=localhost\\ntls_www_server\\n"
            "signing_key\\n' >server.info &&"
            " certtool --generate-certificate --load-ca-certificate"
            " ca-cert.pem --load-ca-privkey ca-key.pem --load-privkey"
            " server-key.pem --template server.info >server-cert.pem", folder);
  assert_int_equal (system (command), 0);
}

static void
test_tls_certificates (void **state)
{
  char params[600];
  unsigned port = 0;
  int pid;

  (void) state;
  if (!server_can ("certtool"))
    skip ();
  make_ca ("pki");
  make_ca ("foreign");
  mkdir (server_path ("empty"), 0700);
  pid = server_start_tcp ("127.0.0.1", &port, "--tls=require",
                          "--tls-certificates", server_path ("pki"),
                          "memory", "1M", NULL);
#define PARAMS(host, name) \
  (snprintf (params, sizeof params, "nbds://%s:%u/?tls-certificates=%s", \
             host, port, server_path (name)), params)
  check_works (PARAMS ("localhost", "pki"));
  check_fails (PARAMS ("localhost", "foreign"), "certificate verif", true);
  check_fails (PARAMS ("127.0.0.1", "pki"), "certificate verif", true);
  check_fails (PARAMS ("localhost", "empty"), "cannot check the server's"
               " certificate", false);
  server_kill (pid);
  check_fails (PARAMS ("localhost", "pki"), "Connection refused", false);
  check_fails (PARAMS ("no-such-host.invalid", "pki"), "no-such-host.invalid",
               false);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_absent_then_there),
    cmocka_unit_test (test_tcp),
    cmocka_unit_test (test_ipv6),
    cmocka_unit_test (test_unknown_host),
    cmocka_unit_test (test_exports),
    cmocka_unit_test (test_silent_server),
    cmocka_unit_test (test_no_nbd_server),
    cmocka_unit_test (test_tls_mismatch),
    cmocka_unit_test (test_tls_psk),
    cmocka_unit_test (test_tls_certificates),
  };

  server_need_nbdkit ();
  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Every spelling of a target: what it comes to, and what is said about the
 * wrong ones.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "target.h"

#define LENGTH(array) (sizeof array / sizeof array[0])
#define URI_MAX (4 * NBD_TARGET_LENGTH_MAX)

/* Text, and its canonical form. */
static const struct { const char *params, *uri; } good[] = {
  /* QEMU's old spelling */
  { "nbd:unix:/sock", "nbd+unix:///?socket=/sock" },
  { "aio:nbd:unix:/sock", "nbd+unix:///?socket=/sock" },
  { "raw:nbd:unix:/sock", "nbd+unix:///?socket=/sock" },
  { "nbd:unix:/a/b:exportname=x", "nbd+unix:///x?socket=/a/b" },
  { "nbd:unix:/a:b/c:exportname=", "nbd+unix:///?socket=/a:b/c" },
  { "nbd:unix:/a b", "nbd+unix:///?socket=/a%20b" },
  { "nbd:unix:/a%20b", "nbd+unix:///?socket=/a%2520b" },
  { "nbd:unix:/s:exportname=a:exportname=b",
    "nbd+unix:///a:exportname%3Db?socket=/s" },
  { "nbd:unix:/s:exportname=x y#?&%41",
    "nbd+unix:///x%20y%23%3F%26%2541?socket=/s" },
  { "nbd:localhost", "nbd://localhost/" },
  { "nbd:localhost:", "nbd://localhost/" },
  { "nbd:localhost:10809", "nbd://localhost/" },
  { "nbd:LocalHost:1", "nbd://localhost:1/" },
  { "nbd:10.0.0.1:65535:exportname=disk", "nbd://10.0.0.1:65535/disk" },
  { "nbd:host:exportname=disk", "nbd://host/disk" },
  { "nbd:[::1]", "nbd://[::1]/" },
  { "nbd:[::1]:10810:exportname=/a/b", "nbd://[::1]:10810//a/b" },
  { "nbd:[0:0:0:0:0:0:0:1]:", "nbd://[::1]/" },
  { "nbd:unix", "nbd://unix/" },
  /* URIs */
  { "nbd://host", "nbd://host/" },
  { "nbd://host/", "nbd://host/" },
  { "nbd://host:/x", "nbd://host/x" },
  { "NBD://HOST:10809/X", "nbd://host/X" },
  { "raw:nbd://host:4000/a/b", "nbd://host:4000/a/b" },
  { "nbd://host//a", "nbd://host//a" },
  { "nbd://host/a%2fb%20c", "nbd://host/a/b%20c" },
  { "nbd://host/%e4%F6", "nbd://host/%E4%F6" },
  { "nbd://host/\xc3\xa4", "nbd://host/%C3%A4" },
  { "nbd://host/a+b", "nbd://host/a%2Bb" },
  { "nbd://host/x?", "nbd://host/x" },
  { "nbd://host?", "nbd://host/" },
  { "nbd://[2001:DB8:0::0001]/x", "nbd://[2001:db8::1]/x" },
  { "nbd://[::ffff:10.0.0.1]/x", "nbd://10.0.0.1/x" },
  { "nbd://host_1.example.org/", "nbd://host_1.example.org/" },
  { "nbd://0/", NULL },
  { "nbd+unix:///?socket=/s", "nbd+unix:///?socket=/s" },
  { "nbd+unix:///x?socket=%2fa%2Fb%20c", "nbd+unix:///x?socket=/a/b%20c" },
  { "nbd+unix:///x?socket=//a/./b//c", "nbd+unix:///x?socket=/a/b/c" },
  { "nbd+unix://?socket=/s", "nbd+unix:///?socket=/s" },
  { "nbd+unix:///?&socket=/s&", "nbd+unix:///?socket=/s" },
  { "nbds://host/x?tls-certificates=/etc/pki", "nbds://host/x" },
  { "nbds://alice@host/x?tls-psk-file=/k", "nbds://host/x" },
  { "nbds+unix://alice@/x?socket=/s&tls-psk-file=/k",
    "nbds+unix:///x?socket=/s" },
  { "nbds+unix://a%40b@/x?socket=/s;tls-psk-file=/k",
    "nbds+unix:///x?socket=/s" },
  { "nbd+vsock://2", "nbd+vsock://2/" },
  { "nbd+vsock://3:10809/x", "nbd+vsock://3/x" },
  { "nbds+vsock://u@3:4294967294/x", "nbds+vsock://3:4294967294/x" },
};

/* Text, and what the error must name. */
static const struct { const char *params, *says; } bad[] = {
  { "", "not an NBD target" },
  { "/dev/sda", "'/dev/sda' is not an NBD target" },
  { "aio:/dev/sda", "not an NBD target" },
  { "qcow2:nbd://host/", "not an NBD target" },
  { "raw:aio:nbd://host/", "not an NBD target" },
  { "nbd", "not an NBD target" },
  { "nbd:", "the host is missing" },
  { "nbd::10809", "the host is missing" },
  { "nbd:unix:", "the socket path is missing" },
  { "nbd:unix::exportname=x", "the socket path is missing" },
  { "nbd:unix:a/b", "socket path 'a/b' is not absolute" },
  { "nbd:unix:10809", "socket path '10809' is not absolute" },
  { "nbd:host:0", "port '0' is not a number from 1 to 65535" },
  { "nbd:host:65536", "port '65536'" },
  { "nbd:host:99999999999999999999", "port '99999999999999999999'" },
  { "nbd:host:+1", "port '+1'" },
  { "nbd:host: 1", "port ' 1'" },
  { "nbd:host:1x", "port '1x'" },
  { "nbd:::1", "IPv6 address stands in [ ]" },
  { "nbd:host:1:exportnam=x", "is not HOST:PORT" },
  { "nbd:[::1", "lacks the closing ']'" },
  { "nbd:[::1]1", "after ']' comes '1'" },
  { "nbd:[fe80::1%eth0]:1", "is not an IPv6 address" },
  { "nbd:[127.0.0.1]", "is not an IPv6 address" },
  { "nbd:[]", "is not an IPv6 address" },
  { "nbd:ho st", "the host 'ho st'" },
  { "nbd:h\xc3\xb6st", "the host" },
  { "nbd:127.1", "is not an IPv4 address" },
  { "nbd:127.0.0.01", "is not an IPv4 address" },
  { "nbd:256.0.0.1", "is not an IPv4 address" },
  { "nbd:2130706433", "is not an IPv4 address" },
  { "nbd:0x7f000001", "is not an IPv4 address" },
  { "nbd://0x7f.1/", "is not an IPv4 address" },
  { "nbd://a.b.3", "is not an IPv4 address" },
  { "nbd:///x", "the host is missing" },
  { "nbd://:10809/x", "the host is missing" },
  { "nbd://host:x/", "port 'x'" },
  { "nbd://host/x#y", "fragment '#y' is not allowed" },
  { "nbd://host/%zz", "bad percent escape '%zz'" },
  { "nbd://host/%4", "bad percent escape '%4'" },
  { "nbd://host/%", "bad percent escape '%'" },
  { "nbd://host/%00", "control character '%00'" },
  { "nbd://host/%0a", "control character '%0a'" },
  { "nbd://host/%7F", "control character '%7F'" },
  { "nbd://h%6fst/", "the host 'h%6fst'" },
  { "nbd://host/a\nb", "control character (byte 13)" },
  { "nbd:unix:/a\x7f", "control character" },
  { "nbd://host/?socket=/s", "'socket' is only for nbd+unix" },
  { "nbd://host/?colour=red", "parameter 'colour' is unknown" },
  { "nbd://host/?socke", "parameter 'socke' is unknown" },
  { "nbds://host/?tls-hostname=x", "parameter 'tls-hostname' is unknown" },
  { "nbd://host/?tls-psk-file=/k", "'tls-psk-file' needs TLS" },
  { "nbd://host/?tls-certificates=/c", "'tls-certificates' needs TLS" },
  { "nbds://host/?tls-psk-file=/k", "needs a user" },
  { "nbds://u@host/?tls-psk-file=k", "'tls-psk-file' is not absolute" },
  { "nbds://host/?tls-certificates=", "is not absolute" },
  { "nbds://u@host/?tls-psk-file=/k&tls-certificates=/c", "only one of" },
  { "nbds://host/?tls-certificates=/c&tls-certificates=/d", "given twice" },
  { "nbd://u@host/", "the user 'u' needs TLS" },
  { "nbds://u:p@host/", "password" },
  { "nbds://a@b@host/", "the host 'b@host'" },
  { "nbd+unix:///x", "parameter 'socket' is missing" },
  { "nbd+unix:///?socket=", "socket path is missing" },
  { "nbd+unix:///?socket=s", "socket path 's' is not absolute" },
  { "nbd+unix:///?socket=%00", "control character" },
  { "nbd+unix:///?socket=/s&socket=/t", "'socket' is given twice" },
  { "nbd+unix://host/?socket=/s", "the host 'host' does not belong" },
  { "nbd+vsock:///", "vsock CID ''" },
  { "nbd+vsock://host", "vsock CID 'host'" },
  { "nbd+vsock://4294967295", "vsock CID" },
  { "nbd+vsock://1:0", "vsock port '0'" },
  { "nbd+ssh://host/", "scheme 'nbd+ssh' is unknown" },
  { "nbd+tcp://host/", "scheme 'nbd+tcp'" },
  { "nbds:host:1", "lacks '://'" },
  { "nbd+unix:/s", "lacks '://'" },
};

static void
test_good (void **state)
{
  struct nbd_target target, again;
  char error[512], uri[URI_MAX], second[URI_MAX];

  (void) state;
  for (size_t i = 0; i < LENGTH (good); i++) {
    if (!good[i].uri) {
      assert_int_equal (nbd_target_parse (good[i].params, &target,
                                          FAILURE_INTO (error)), -1);
      continue;
    }
    if (nbd_target_parse (good[i].params, &target, FAILURE_INTO (error)) == -1)
      fail_msg ("%s: %s", good[i].params, error);
    assert_true (nbd_target_is_nbd (good[i].params));
    assert_int_equal (nbd_target_format (&target, uri, sizeof uri), 0);
    assert_string_equal (uri, good[i].uri);

    /* The canonical form is a target that comes to itself; without the
     * key's file it does not parse where a user or key is asked for.
     */
    assert_int_equal (nbd_target_parse (uri, &again, FAILURE_INTO (error)), 0);
    assert_int_equal (nbd_target_format (&again, second, sizeof second), 0);
    assert_string_equal (uri, second);
    assert_string_equal (target.export_name, again.export_name);
    assert_string_equal (target.socket, again.socket);
  }
}

static void
test_bad (void **state)
{
  struct nbd_target target;
  char error[512];

  (void) state;
  for (size_t i = 0; i < LENGTH (bad); i++) {
    if (nbd_target_parse (bad[i].params, &target, FAILURE_INTO (error)) == 0)
      fail_msg ("'%s' is accepted", bad[i].params);
    if (!strstr (error, bad[i].says))
      fail_msg ("'%s': '%s' does not say '%s'", bad[i].params, error,
                bad[i].says);
  }
}

static void
test_is_nbd (void **state)
{
  static const char *const yes[] = {
    "nbd:", "nbd:unix:", "nbd://", "nbds://", "aio:nbd:x", "raw:nbds://x",
    "nbd+unix://", "nbds+vsock://", "nbd+nonsense", "NBD://x",
  };
  static const char *const no[] = {
    "", "nbd", "nbdx:y", "/dev/nbd0", "aio:/nbd:", "aio:", "aio:aio:nbd:x",
    "qcow2:nbd:x", "phy:/dev/x", " nbd://x",
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (yes); i++)
    assert_true (nbd_target_is_nbd (yes[i]));
  for (size_t i = 0; i < LENGTH (no); i++)
    assert_false (nbd_target_is_nbd (no[i]));
  assert_false (nbd_target_is_nbd (NULL));
}

static void
test_fields (void **state)
{
  struct nbd_target target;
  char error[512];

  (void) state;
  assert_int_equal (nbd_target_parse ("nbds+unix://a%20b@/e%2f?socket=/s"
                                      "&tls-psk-file=/k%3d", &target,
                                      FAILURE_INTO (error)), 0);
  assert_int_equal (target.transport, NBD_TARGET_UNIX);
  assert_true (target.tls);
  assert_string_equal (target.user, "a b");
  assert_string_equal (target.export_name, "e/");
  assert_string_equal (target.socket, "/s");
  assert_string_equal (target.psk_file, "/k=");
  assert_string_equal (target.certificates, "");

  assert_int_equal (nbd_target_parse ("nbd+vsock://4294967294:7/x", &target,
                                      FAILURE_INTO (error)), 0);
  assert_int_equal (target.transport, NBD_TARGET_VSOCK);
  assert_int_equal (target.cid, 4294967294u);
  assert_int_equal (target.port, 7);

  assert_int_equal (nbd_target_parse ("nbd:[::1]", &target,
                                      FAILURE_INTO (error)), 0);
  assert_int_equal (target.transport, NBD_TARGET_TCP);
  assert_false (target.tls);
  assert_string_equal (target.host, "::1");
  assert_int_equal (target.port, NBD_TARGET_PORT);
}

/* `prefix` followed by `n` times `c`: accepted? */
static int
parse_long (const char *prefix, size_t n, char c)
{
  static char params[2 * NBD_TARGET_LENGTH_MAX];
  struct nbd_target target;
  char error[64];

  strcpy (params, prefix);
  memset (params + strlen (prefix), c, n);
  params[strlen (prefix) + n] = '\0';
  return nbd_target_parse (params, &target, FAILURE_INTO (error));
}

static void
test_lengths (void **state)
{
  struct nbd_target target;
  char error[8], uri[URI_MAX];

  (void) state;
  assert_int_equal (parse_long ("nbd:unix:/", 106, 's'), 0);
  assert_int_equal (parse_long ("nbd:unix:/", 107, 's'), -1);
  assert_int_equal (parse_long ("nbd:", 255, 'h'), 0);
  assert_int_equal (parse_long ("nbd:", 256, 'h'), -1);
  assert_int_equal (parse_long ("nbd:h:exportname=", 4079, 'x'), 0);
  assert_int_equal (parse_long ("nbd:h:exportname=", 4080, 'x'), -1);
  assert_int_equal (parse_long ("nbds://h/?tls-certificates=/", 1023, 'x'), 0);
  assert_int_equal (parse_long ("nbds://h/?tls-certificates=/", 1024, 'x'), -1);
  assert_int_equal (parse_long ("nbd+unix:///?socket=/", 3000, 'x'), -1);

  /* A short buffer for the error is filled, not overrun. */
  assert_int_equal (nbd_target_parse ("x", &target, FAILURE_INTO (error)), -1);
  assert_int_equal (strlen (error), sizeof error - 1);

  assert_int_equal (nbd_target_parse ("nbd:h", &target, FAILURE_INTO (uri)), 0);
  assert_int_equal (nbd_target_format (&target, uri, sizeof "nbd://h/"), 0);
  for (size_t size = 1; size < sizeof "nbd://h/"; size++)
    assert_int_equal (nbd_target_format (&target, uri, size), -1);
}

/* Random bytes never do worse than to be refused. */
static void
test_noise (void **state)
{
  static const char alphabet[] = "nbdsuixvock:/?#&;=%@[]+-._0129afz \xff\n";
  static const char *const starts[] = {
    "", "nbd:", "nbd:unix:/", "nbd://", "nbds://", "nbd+unix:///?socket=/",
    "nbd+vsock://",
  };
  struct nbd_target target;
  char params[128], error[100], uri[URI_MAX];

  (void) state;
  srand (1);
  for (unsigned n = 0; n < 200000; n++) {
    size_t length = (size_t) snprintf (params, sizeof params, "%s",
                                       starts[(unsigned) rand () %
                                              LENGTH (starts)]);
    size_t end = length + (unsigned) rand () % 30;

    while (length < end)
      params[length++] = alphabet[(unsigned) rand () % (sizeof alphabet - 1)];
    params[length] = '\0';
    if (nbd_target_parse (params, &target, FAILURE_INTO (error)) == 0)
      assert_int_equal (nbd_target_format (&target, uri, sizeof uri), 0);
    else
      assert_true (strlen (error) > 0);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_good),
    cmocka_unit_test (test_bad),
    cmocka_unit_test (test_is_nbd),
    cmocka_unit_test (test_fields),
    cmocka_unit_test (test_lengths),
    cmocka_unit_test (test_noise),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

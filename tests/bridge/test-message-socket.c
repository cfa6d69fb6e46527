/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Messages in packets, and texts that cannot be sent as they are.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "messages.h"
#include "bridge/shared/message-socket.h"
#include "bridge/shared/message-text.h"

static struct message sent, received;

/* Texts. */

/* Cut within a character, Latin-1, surrogates, ...: JSON is UTF-8. */
static const char *const not_text[] = {
  "target \"nbd:unix:/srv/gro\xc3", "\xe4", "\x80", "\xff\xfe",
  "\xed\xa0\x80", "\xf0\x9f\x90", "\xc0\xaf",
};

static void
test_what_is_no_text_is_known_before_it_is_sent (void **state)
{
  (void) state;
  for (unsigned i = 0; i < sizeof not_text / sizeof not_text[0]; i++) {
    static char buffer[MESSAGE_MAX];

    largest_message (MESSAGE_VERDICT, 'x', &sent);
    strcpy (sent.verdict.text, not_text[i]);
    assert_false (message_is_text (not_text[i]));
    assert_int_equal (message_encode (&sent, buffer, sizeof buffer), 0);
  }
  assert_true (message_is_text (""));
  assert_true (message_is_text ("nbd:unix:/gro\xc3\x9f \"\\\x01\x7f"));
}

/* A sentence may repeat any bytes.  What it says may suffer; that it comes
 * must not.
 */
static void
test_whatever_is_copied_can_be_sent (void **state)
{
  static char buffer[MESSAGE_MAX];
  size_t length;

  (void) state;
  largest_message (MESSAGE_VERDICT, 'x', &sent);
  for (unsigned i = 0; i < sizeof not_text / sizeof not_text[0]; i++) {
    message_copy_text (sent.verdict.text, not_text[i],
                       sizeof sent.verdict.text);
    assert_int_equal (strlen (sent.verdict.text), strlen (not_text[i]));
    length = message_encode (&sent, buffer, sizeof buffer);
    assert_int_equal (message_decode (buffer, length, &received), 0);
    assert_string_equal (received.verdict.text, sent.verdict.text);
  }
  message_copy_text (sent.verdict.text, "a b~\n\xc3\xa4\x7f",
                     sizeof sent.verdict.text);
  assert_string_equal (sent.verdict.text, "a b~????");
}

static void
test_copied_text_is_cut_to_its_room (void **state)
{
  char *to = malloc (4);

  (void) state;
  message_copy_text (to, "abcdef", 4);
  assert_string_equal (to, "abc");
  message_copy_text (to, "abc", 4);
  assert_string_equal (to, "abc");
  message_copy_text (to, "", 1);
  assert_string_equal (to, "");
  free (to);
}

/* Packets. */

static void
test_packets_pass_a_socket (void **state)
{
  int fds[2];

  (void) state;
  assert_int_equal (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
  assert_int_equal (message_receive (fds[1], &received), -1);
  assert_int_equal (errno, EAGAIN);
  for (unsigned type = 0; type < MESSAGE_TYPES; type++) {
    largest_message (type, 'x', &sent);
    assert_int_equal (message_send (fds[0], &sent), 0);
  }
  for (unsigned type = 0; type < MESSAGE_TYPES; type++) {
    assert_int_equal (message_receive (fds[1], &received), 1);
    assert_int_equal (received.type, type);
  }
  close (fds[0]);
  assert_int_equal (message_receive (fds[1], &received), 0);
  close (fds[1]);
}

static void
test_bad_packet_is_gone_and_the_next_is_read (void **state)
{
  static char garbage[2 * MESSAGE_MAX];
  int fds[2];

  (void) state;
  memset (garbage, ' ', sizeof garbage);
  largest_message (MESSAGE_QUIT, 'x', &sent);
  assert_int_equal (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
  for (size_t size = 1; size <= sizeof garbage; size *= 2) {
    assert_int_equal (send (fds[0], garbage, size, 0), size);
    assert_int_equal (message_send (fds[0], &sent), 0);
    assert_int_equal (message_receive (fds[1], &received), -1);
    assert_int_equal (errno, EBADMSG);
    assert_int_equal (message_receive (fds[1], &received), 1);
    assert_int_equal (received.type, MESSAGE_QUIT);
  }
  close (fds[0]);
  close (fds[1]);
}

/* A packet that begins like a message and is longer than any. */
static void
test_packet_that_is_cut_is_no_message (void **state)
{
  static char packet[2 * MESSAGE_MAX];
  int fds[2];

  (void) state;
  largest_message (MESSAGE_QUIT, 'x', &sent);
  memset (packet, ' ', sizeof packet);
  message_encode (&sent, packet, sizeof packet);
  assert_int_equal (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
  send (fds[0], packet, MESSAGE_MAX, 0);
  assert_int_equal (message_receive (fds[1], &received), 1);
  send (fds[0], packet, MESSAGE_MAX + 1, 0);
  assert_int_equal (message_receive (fds[1], &received), -1);
  assert_int_equal (errno, EBADMSG);
  close (fds[0]);
  close (fds[1]);
}

static void
test_send_does_not_block (void **state)
{
  int fds[2];

  (void) state;
  largest_message (MESSAGE_OPEN, '"', &sent);
  assert_int_equal (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
  for (unsigned i = 0; i < 100000 && message_send (fds[0], &sent) == 0; i++)
    ;
  assert_int_equal (errno, EAGAIN);
  close (fds[1]);
  assert_int_equal (message_send (fds[0], &sent), -1); /* and no signal */
  assert_int_equal (message_send (fds[0], &sent), -1);
  assert_int_equal (errno, EPIPE);
  close (fds[0]);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_what_is_no_text_is_known_before_it_is_sent),
    cmocka_unit_test (test_whatever_is_copied_can_be_sent),
    cmocka_unit_test (test_copied_text_is_cut_to_its_room),
    cmocka_unit_test (test_packets_pass_a_socket),
    cmocka_unit_test (test_bad_packet_is_gone_and_the_next_is_read),
    cmocka_unit_test (test_packet_that_is_cut_is_no_message),
    cmocka_unit_test (test_send_does_not_block),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Messages that are read as they were written.  What is refused, see
 * test-message-bad.c and test-message-bytes.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"

static struct message sent, received;

/* From `sent` to `received`, by way of text. */
static void
pass (void)
{
  static char buffer[MESSAGE_MAX];
  size_t length = message_encode (&sent, buffer, sizeof buffer);

  assert_in_range (length, 1, sizeof buffer);
  memset (&received, 0xff, sizeof received);
  assert_int_equal (message_decode (buffer, length, &received), 0);
  assert_int_equal (received.type, sent.type);
  assert_int_equal (received.serial, sent.serial);
}

/* Round trips. */

static void
assert_open_passes (void)
{
  const struct nbd_client_options *a = &sent.open.options;
  const struct nbd_client_options *b = &received.open.options;

  pass ();
  assert_int_equal (received.open.connections,
                    sent.open.connections ? sent.open.connections : 1);
  assert_string_equal (received.open.target, sent.open.target);
  assert_int_equal (a->read_only, b->read_only);
  assert_int_equal (a->structured_replies, b->structured_replies);
  assert_true (a->connect_timeout == b->connect_timeout);
  assert_true (a->reconnect_limit == b->reconnect_limit);
  assert_true (a->slow_after == b->slow_after);
  assert_memory_equal (&sent.open.tune, &received.open.tune,
                       sizeof sent.open.tune);
}

static void
test_open (void **state)
{
  (void) state;
  largest_message (MESSAGE_OPEN, 'x', &sent);
  assert_open_passes ();
  memset (&sent.open, 0, sizeof sent.open);
  tune_init (&sent.open.tune);
  sent.open.options.connect_timeout = 1e-300;
  assert_open_passes ();
  sent.open.options.read_only = true;
  assert_open_passes ();
  sent.open.options = (struct nbd_client_options) {
    .structured_replies = true, .connect_timeout = 1e-300,
  };
  assert_open_passes ();
}

static void
assert_connect_passes (void)
{
  const struct message_connect *a = &sent.connect, *b = &received.connect;

  pass ();
  assert_ptr_equal (a->rings.abi, b->rings.abi);
  assert_int_equal (a->rings.count, b->rings.count);
  for (unsigned i = 0; i < a->rings.count; i++) {
    const struct device_ring *ours = &a->rings.rings[i];
    const struct device_ring *theirs = &b->rings.rings[i];

    assert_int_equal (ours->port, theirs->port);
    assert_int_equal (ours->pages, theirs->pages);
    assert_memory_equal (ours->refs, theirs->refs,
                         ours->pages * sizeof ours->refs[0]);
  }
  assert_int_equal (a->sector_size, b->sector_size);
  assert_int_equal (a->flush, b->flush);
  assert_int_equal (a->discard, b->discard);
  assert_int_equal (a->read_only, b->read_only);
}

static void
test_connect (void **state)
{
  static const char *const abis[] = { "x86_32-abi", "x86_64-abi", "arm-abi" };

  (void) state;
  largest_message (MESSAGE_CONNECT, 'x', &sent);
  for (unsigned i = 0; i < 3; i++) {
    sent.connect.rings.abi = blkif_abi_find (abis[i]);
    assert_connect_passes ();
  }
  for (unsigned pages = 1; pages <= RING_PAGES_MAX; pages *= 2) {
    sent.connect.rings.rings[3].pages = pages;
    assert_connect_passes ();
  }
  memset (sent.connect.rings.rings, 0, sizeof sent.connect.rings.rings);
  sent.connect.rings.count = sent.connect.rings.rings[0].pages = 1;
  for (unsigned flags = 0; flags < 8; flags++) {
    sent.connect.flush = flags & 1;
    sent.connect.discard = flags & 2;
    sent.connect.read_only = flags & 4;
    assert_connect_passes ();
  }
}

static void
assert_status_passes (void)
{
  const struct message_status *a = &sent.status, *b = &received.status;

  pass ();
  assert_int_equal (a->version, b->version);
  assert_int_equal (a->target, b->target);
  assert_int_equal (a->rings, b->rings);
  assert_int_equal (a->server, b->server);
  assert_int_equal (a->attempts, b->attempts);
  assert_string_equal (a->reason, b->reason);
  assert_string_equal (a->ring_error, b->ring_error);
  assert_string_equal (a->stopped, b->stopped);
  assert_int_equal (a->connections ? a->connections : 1, b->connections);
  assert_int_equal (a->io_status, b->io_status);
  assert_int_equal (a->has_tune, b->has_tune);
  assert_memory_equal (&a->tune, &b->tune, sizeof a->tune);
  assert_int_equal (a->has_export, b->has_export);
  if (!a->has_export)
    return;
  assert_int_equal (a->export.size, b->export.size);
  assert_int_equal (a->export.real_size, b->export.real_size);
  assert_int_equal (a->export.minimum_block, b->export.minimum_block);
  assert_int_equal (a->export.preferred_block, b->export.preferred_block);
  assert_int_equal (a->export.maximum_block, b->export.maximum_block);
  assert_int_equal (a->export.read_only, b->export.read_only);
  assert_int_equal (a->export.flush, b->export.flush);
  assert_int_equal (a->export.fua, b->export.fua);
  assert_int_equal (a->export.trim, b->export.trim);
  assert_int_equal (a->export.zero, b->export.zero);
  assert_int_equal (a->export.multi_conn, b->export.multi_conn);
}

static void
test_status (void **state)
{
  (void) state;
  largest_message (MESSAGE_STATUS, 'x', &sent);
  assert_status_passes ();
  for (unsigned flags = 0; flags < 64; flags++) {
    sent.status.export.read_only = flags & 1;
    sent.status.export.flush = flags & 2;
    sent.status.export.fua = flags & 4;
    sent.status.export.trim = flags & 8;
    sent.status.export.zero = flags & 16;
    sent.status.export.multi_conn = flags & 32;
    assert_status_passes ();
  }
  memset (&sent.status.export, 0, sizeof sent.status.export);
  assert_status_passes ();
  memset (&sent.status, 0, sizeof sent.status);
  tune_init (&sent.status.tune);
  assert_status_passes ();
}

static void
test_claim (void **state)
{
  (void) state;
  largest_message (MESSAGE_CLAIM, 'x', &sent);
  for (unsigned kind = 0; kind < DEVICE_KINDS; kind++) {
    sent.claim.id.kind = kind;
    pass ();
    assert_true (device_id_equal (&sent.claim.id, &received.claim.id));
  }
  memset (&sent.claim, 0, sizeof sent.claim);
  pass ();
  assert_true (device_id_equal (&sent.claim.id, &received.claim.id));
}

static void
test_verdict (void **state)
{
  (void) state;
  largest_message (MESSAGE_VERDICT, 'x', &sent);
  pass ();
  assert_true (received.verdict.accepted);
  assert_string_equal (received.verdict.text, sent.verdict.text);
  memset (&sent.verdict, 0, sizeof sent.verdict);
  pass ();
  assert_false (received.verdict.accepted);
  assert_string_equal (received.verdict.text, "");
}

static void
test_messages_without_members (void **state)
{
  (void) state;
  largest_message (MESSAGE_DISCONNECT, 'x', &sent);
  pass ();
  largest_message (MESSAGE_QUIT, 'x', &sent);
  sent.serial = 0;
  pass ();
}

/* Texts. */

static void
test_every_character_passes (void **state)
{
  (void) state;
  largest_message (MESSAGE_VERDICT, 'x', &sent);
  for (unsigned c = 1; c < 0x80; c++)
    sent.verdict.text[c - 1] = (char) c;
  strcpy (sent.verdict.text + 0x7f, "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xbc");
  pass ();
  assert_string_equal (received.verdict.text, sent.verdict.text);
}

/* Sizes. */

/* Control characters take six bytes, quotes two. */
static void
test_largest_messages_fit_a_packet (void **state)
{
  static const char worst[] = { 'x', '"', '\\', '\n', 1, 0x7f };

  (void) state;
  for (unsigned type = 0; type < MESSAGE_TYPES; type++)
    for (unsigned i = 0; i < sizeof worst; i++) {
      largest_message (type, worst[i], &sent);
      pass ();
    }
}

static void
test_encode_keeps_to_its_buffer (void **state)
{
  static char whole[MESSAGE_MAX];

  (void) state;
  for (unsigned type = 0; type < MESSAGE_TYPES; type++) {
    size_t length;

    largest_message (type, 'x', &sent);
    length = message_encode (&sent, whole, sizeof whole);
    for (size_t size = 0; size <= length; size += size + 8 < length
                                                  ? 7 : 1) {
      char *buffer = malloc (size ? size : 1);

      assert_int_equal (message_encode (&sent, buffer, size),
                        size < length ? 0 : length);
      free (buffer);
    }
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_open),
    cmocka_unit_test (test_connect),
    cmocka_unit_test (test_status),
    cmocka_unit_test (test_claim),
    cmocka_unit_test (test_verdict),
    cmocka_unit_test (test_messages_without_members),
    cmocka_unit_test (test_every_character_passes),
    cmocka_unit_test (test_largest_messages_fit_a_packet),
    cmocka_unit_test (test_encode_keeps_to_its_buffer),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

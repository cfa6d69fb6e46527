/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "operators.h"
#include "bridge/shared/ask.h"
#include "bridge/shared/tune.h"

#define ARRAY(a) (sizeof (a) / sizeof (a)[0])
#define PACKET_MAX (MESSAGE_MAX + 512u)

struct operator {
  bool connected;
  int fd;
  unsigned sent, answers;
  uint64_t serial;    /* of the last question, */
  bool knows_serial;  /* if all that was sent since the last answer is one */
};

static struct operator operators[OPERATORS];

static const char *const verbs[] = {
  "attach", "detach", "drain", "flush", "limit", "list", "log-level",
  "policy", "resume", "resize", "show", "stats", "stop", "dance", "",
};

static const char *const devices[] = {
  "vbd/3/51712", "3/xvda", "qdisk/3/51712", "vbd/4/16", "4/xvdb", "3/",
  "/", "", "x", "vbd/3/51712/state", "4294967296/xvda", "qdisk/4/51728",
  "vbd3/3/51712", "0/xvda",
};

static const char *const keys[] = {
  "timeout", "force", "after", "level", "domid", "vdev", "target",
  "read-only", "set", "device", "serial", "verb", "type", "other",
};

/* As they stand in JSON. */
static const char *const values[] = {
  "0", "1", "3", "4", "-1", "0.1", "2", "3600", "3600.0001", "1e300", "1e-300",
  "9223372036854775807", "9223372036854775808", "true", "false", "null",
  "\"\"", "[]", "{}", "[[[{}]]]", "\"xvda\"", "\"xvdb1\"", "\"xvdzz\"",
  "\"xvda0\"", "\"nbd:unix:/s\"", "\"nbd://h/x?y\"", "\"nbd:unix:relative\"",
  "\"debug\"", "\"error\"", "\"vbd/3/51712\"", "\"vbd/4/16\"",
  "\"\\u0000\"", "\"\\ud800\"", "\"\\u00e9\\n\"", "\"\xc3\xa9\"", "\"\xff\"",
};

static const char *const settings[] = {
  "off", "on", "100", "100/7", "4K", "4095", "1000000000000",
  "1000000000000/1000000000000", "1G/1G", "stop", "report", "ignore",
  "enospc", "unmap", "", "0", "/", "1/", "group", "../group",
};

static char packet[PACKET_MAX];
static size_t length;

static void put (const char *format, ...)
  __attribute__ ((format (printf, 1, 2)));

static void
put (const char *format, ...)
{
  va_list args;
  int n;

  va_start (args, format);
  n = vsnprintf (packet + length, sizeof packet - length, format, args);
  va_end (args);
  CHECK (n >= 0);
  length += (size_t) n < sizeof packet - length ? (size_t) n : 0;
}

void
operators_hang_up (unsigned n)
{
  if (operators[n].connected)
    close (operators[n].fd);
  operators[n] = (struct operator) { .fd = -1 };
}

void
operators_end (void)
{
  unsigned n;

  for (n = 0; n < OPERATORS; n++)
    operators_hang_up (n);
}

void
operators_connect (unsigned n, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct operator *operator = &operators[n];

  operators_hang_up (n);
  CHECK (strlen (path) < sizeof address.sun_path);
  strcpy (address.sun_path, path);
  operator->fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
                         SOCK_NONBLOCK, 0);
  CHECK (operator->fd != -1);
  operator->connected = true;
  if (connect (operator->fd, (struct sockaddr *) &address,
               sizeof address) == -1)
    operators_hang_up (n); /* too many wait to be accepted */
}

static bool
send_packet (struct operator *operator, size_t size)
{
  if (!operator->connected || size == 0)
    return false;
  operator->knows_serial = false;
  if (send (operator->fd, packet, size, MSG_NOSIGNAL) == -1)
    return false;
  operator->sent++;
  return true;
}

void
operators_send_bytes (unsigned n, struct input *input)
{
  size_t i, size = input_16 (input) % 1024;

  for (i = 0; i < size; i++)
    packet[i] = (char) input_8 (input);
  send_packet (&operators[n], size);
}

void
operators_send_long (unsigned n, struct input *input)
{
  static const char *const what[] = {
    "[", "{\"a\":", "[{\"a\":", " ", "\"", "1", "-", "\\", "x", "\xf0",
  };
  const char *again = what[input_8 (input) % ARRAY (what)];
  const size_t size = input_16 (input) % (PACKET_MAX - 16);

  for (length = 0; length + 1 < size;)
    put ("%s", again);
  send_packet (&operators[n], size);
}

/* One value, or the byte 255 and text. */
static void
put_value (struct input *input)
{
  const unsigned which = input_8 (input);
  unsigned i, size;

  if (which != 255) {
    put ("%s", values[which % ARRAY (values)]);
    return;
  }
  size = input_8 (input);
  put ("\"");
  for (i = 0; i < size; i++)
    put ("%c", (int) input_8 (input));
  put ("\"");
}

static void
put_settings (struct input *input)
{
  unsigned i, count = input_8 (input) % 4;

  put ("{");
  for (i = 0; i < count; i++) {
    const unsigned option = input_8 (input) % (TUNE_OPTIONS + 1);
    const unsigned which = input_8 (input);

    put ("%s\"%s\":", i ? "," : "",
         option < TUNE_OPTIONS ? tune_name (option) : "no-such");
    if (which == 255)
      put_value (input);
    else
      put ("\"%s\"", settings[which % ARRAY (settings)]);
  }
  put ("}");
}

/* Bits of the first byte: how many arguments, and whether a disk is named. */
void
operators_ask (unsigned n, struct input *input)
{
  const unsigned how = input_8 (input), serial = input_8 (input);
  struct operator *operator = &operators[n];
  unsigned i;
  bool plain = true;

  length = 0;
  put ("{\"type\":\"ask\",\"serial\":%u,\"verb\":\"%s\"", serial,
       verbs[input_8 (input) % ARRAY (verbs)]);
  if (how & 8)
    put (",\"device\":\"%s\"", devices[input_8 (input) % ARRAY (devices)]);
  for (i = 0; i < (how & 7); i++) {
    const char *key = keys[input_8 (input) % ARRAY (keys)];

    put (",\"%s\":", key);
    plain = plain && strcmp (key, "type") != 0;
    if (strcmp (key, "set") == 0 && !(how & 16))
      put_settings (input);
    else {
      plain = false; /* it may be no JSON */
      put_value (input);
    }
  }
  put ("}");
  plain = plain && operator->sent == operator->answers;
  if (send_packet (operator, length)) {
    operator->knows_serial = plain;
    operator->serial = serial;
  }
}

void
operators_claim (unsigned n, struct input *input)
{
  static const char *const kinds[] = { "vbd", "qdisk", "vbd3", "disk" };
  const unsigned what = input_8 (input);

  length = 0;
  put ("{\"type\":\"claim\",\"serial\":1,\"kind\":\"%s\",\"domid\":%u,"
       "\"devid\":%u}", kinds[what & 3], what & 4 ? 4u : 3u,
       what & 8 ? 16u : 51712u);
  send_packet (&operators[n], length);
}

/* The daemon counts; what is below zero was too large. */
static void
check_numbers (const json_t *value)
{
  const char *name;
  json_t *member;
  size_t i;

  if (json_is_integer (value))
    CHECK (json_integer_value (value) >= 0);
  json_array_foreach (value, i, member)
    check_numbers (member);
  json_object_foreach ((json_t *) value, name, member)
    check_numbers (member);
}

static void
check_answer (const struct operator *operator, const char *text, size_t size)
{
  char why[ASK_TEXT_MAX];
  struct ask_answer answer;
  struct message message;
  const char *c;

  if (message_decode (text, size, &message) == 0) {
    CHECK (message.type == MESSAGE_VERDICT);
    return;
  }
  CHECK (ask_decode_answer (text, size, &answer, FAILURE_INTO (why)) == 0);
  for (c = answer.text; *c; c++)
    CHECK (*c >= ' ' && *c < 0x7f);
  CHECK (answer.code == ASK_OK || answer.text[0]);
  if (answer.code == ASK_OK)
    CHECK (json_is_object (answer.result));
  if (operator->knows_serial) /* unless it was no JSON: a name came twice */
    CHECK (answer.serial == operator->serial || answer.code == ASK_USAGE);
  check_numbers (answer.result);
  json_decref (answer.result);
}

void
operators_read (unsigned n)
{
  static char answer[2 * MESSAGE_MAX];
  struct operator *operator = &operators[n];
  ssize_t size;

  while (operator->connected) {
    size = recv (operator->fd, answer, sizeof answer, 0);
    if (size == -1 && errno == EAGAIN)
      break;
    if (size <= 0) {
      operators_hang_up (n);
      break;
    }
    CHECK (size <= (ssize_t) MESSAGE_MAX);
    operator->answers++;
    CHECK (operator->answers <= operator->sent);
    check_answer (operator, answer, size);
  }
}

void
operators_check_answered (void)
{
  unsigned n;

  for (n = 0; n < OPERATORS; n++) {
    operators_read (n);
    CHECK (!operators[n].connected ||
           operators[n].answers == operators[n].sent);
  }
}

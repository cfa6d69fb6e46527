/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "ask.h"
#include "message-text.h"

int
ask_text (const json_t *object, const char *name, char *value, size_t size)
{
  const json_t *member = json_object_get (object, name);

  value[0] = '\0';
  if (member == NULL)
    return 0;
  if (!json_is_string (member) || json_string_length (member) >= size)
    return -1;
  text_copy (value, size, json_string_value (member));
  return 0;
}

/* The packet as an object of `type`.  Returns NULL after saying why not. */
static json_t *
load (const char *buffer, size_t length, const char *type, uint64_t *serial,
      struct failure *failure)
{
  json_error_t error;
  json_t *object = json_loadb (buffer, length, JSON_REJECT_DUPLICATES, &error);
  const json_t *member = json_object_get (object, "serial");
  char text[16];

  *serial = 0;
  if (object == NULL) {
    char printable[128];

    message_copy_text (printable, error.text, sizeof printable);
    failure_set (failure, "the packet is no JSON: %s", printable);
    return NULL;
  }
  if (json_is_integer (member) && json_integer_value (member) >= 0) {
    *serial = json_integer_value (member);
    if (ask_text (object, "type", text, sizeof text) == 0 &&
        strcmp (text, type) == 0)
      return object;
  }
  json_decref (object);
  failure_set (failure, "the packet is not an object of type \"%s\" "
               "with a serial from 0 on", type);
  return NULL;
}

int
ask_decode (const char *buffer, size_t length, struct ask_question *question,
            struct failure *failure)
{
  memset (question, 0, sizeof *question);
  question->object = load (buffer, length, "ask", &question->serial, failure);
  if (question->object == NULL)
    return -1;
  if (ask_text (question->object, "verb", question->verb,
                sizeof question->verb) == -1 || !question->verb[0])
    failure_set (failure, "verb: it must be a text of 1 to %u bytes",
                 ASK_VERB_MAX - 1);
  else if (ask_text (question->object, "device", question->device,
                     sizeof question->device) == -1)
    failure_set (failure, "device: it must be a text of at most %u bytes",
                 ASK_DEVICE_MAX - 1);
  else
    return 0;
  json_decref (question->object);
  question->object = NULL;
  return -1;
}

int
ask_decode_answer (const char *buffer, size_t length,
                   struct ask_answer *answer, struct failure *failure)
{
  json_t *object;
  json_int_t code;

  memset (answer, 0, sizeof *answer);
  object = load (buffer, length, "answer", &answer->serial, failure);
  if (object == NULL)
    return -1;
  code = json_integer_value (json_object_get (object, "code"));
  if (!json_is_integer (json_object_get (object, "code")) ||
      code < 0 || code >= ASK_CODES ||
      ask_text (object, "text", answer->text, sizeof answer->text) == -1) {
    failure_set (failure, "the answer has no code or no text");
    json_decref (object);
    return -1;
  }
  answer->code = code;
  answer->result = json_incref (json_object_get (object, "result"));
  json_decref (object);
  return 0;
}

int
ask_send (int fd, const json_t *object)
{
  char buffer[MESSAGE_MAX];
  size_t length = json_dumpb (object, buffer, sizeof buffer, JSON_COMPACT);

  if (length == 0 || length > sizeof buffer) {
    errno = EMSGSIZE;
    return -1;
  }
  return send (fd, buffer, length, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 ? -1 : 0;
}

static json_t *
pack_answer (uint64_t serial, enum ask_code code, const char *text,
             json_t *result)
{
  char printable[ASK_TEXT_MAX];
  json_t *object;

  message_copy_text (printable, text, sizeof printable);
  object = json_pack ("{s:s, s:I, s:i, s:s}", "type", "answer",
                      "serial", (json_int_t) serial, "code", (int) code,
                      "text", printable);
  if (object && result)
    json_object_set (object, "result", result);
  return object;
}

int
ask_send_answer (int fd, const struct ask_answer *answer)
{
  json_t *object = pack_answer (answer->serial, answer->code, answer->text,
                                answer->result);
  int r = ask_send (fd, object), saved = errno;

  json_decref (object);
  if (r == 0 || saved != EMSGSIZE) {
    errno = saved;
    return r;
  }
  object = pack_answer (answer->serial, ASK_REFUSED, "the answer is too long",
                        NULL);
  r = ask_send (fd, object);
  json_decref (object);
  return r;
}

long
ask_receive (int fd, char *buffer)
{
  ssize_t n;

  do
    n = recv (fd, buffer, MESSAGE_MAX, MSG_DONTWAIT | MSG_TRUNC);
  while (n == -1 && errno == EINTR);
  if (n > (ssize_t) MESSAGE_MAX) {
    errno = EMSGSIZE;
    return -1;
  }
  return n;
}

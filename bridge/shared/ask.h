/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What xen-nbdctl asks and the daemon answers, over the daemon's socket: one
 * JSON object in one packet of at most MESSAGE_MAX bytes each way, one answer
 * for each question.  Long results come in pages that are asked for one by
 * one, so the daemon keeps nothing for a client.
 *
 *   { "type": "ask", "serial": 1, "verb": "show", "device": "vbd/3/51712" }
 *   { "type": "answer", "serial": 1, "code": 0, "text": "", "result": {} }
 *
 * `code` is an enum ask_code; `text` is one line for the operator.  A verb's
 * other arguments stand beside `device`; xen-nbdctl(8) has them all.
 */

#ifndef BRIDGE_SHARED_ASK_H
#define BRIDGE_SHARED_ASK_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/failure.h"
#include "message.h"

#define ASK_TEXT_MAX   1024u /* bytes of an answer's text */
#define ASK_DEVICE_MAX   96u /* bytes of a device's name */
#define ASK_VERB_MAX     16u /* bytes of a verb */
#define ASK_CLAIM      30.0  /* seconds that a claim may wait for a verdict */

/* xen-nbdctl exits with these. */
enum ask_code {
  ASK_OK,
  ASK_REFUSED,    /* see the text */
  ASK_USAGE,      /* the question is none */
  ASK_NO_DAEMON,  /* nobody answers */
  ASK_NO_DISK,    /* there is no such disk */
  ASK_LATE,       /* not done in time; it may be done later */
  ASK_CODES
};

struct ask_question {
  uint64_t serial;
  char verb[ASK_VERB_MAX];
  char device[ASK_DEVICE_MAX]; /* "" if none is named */
  json_t *object;              /* all of it; the owner's to free */
};

struct ask_answer {
  uint64_t serial;
  enum ask_code code;
  char text[ASK_TEXT_MAX];
  json_t *result;              /* NULL or the owner's to free */
};

/* Read the `length` bytes at `buffer`, which may be anything.  Returns 0, or
 * -1 with a sentence of at most ASK_TEXT_MAX bytes; nothing is to be freed
 * then.  The serial is set even then if there is one.
 */
extern int ask_decode (const char *buffer, size_t length,
                       struct ask_question *question, struct failure *failure);
extern int ask_decode_answer (const char *buffer, size_t length,
                              struct ask_answer *answer,
                              struct failure *failure);

/* Send without blocking; the text is made printable.  An answer that is too
 * long is sent as a refusal that says so.  Returns 0, or -1 with errno.
 */
extern int ask_send (int fd, const json_t *object);
extern int ask_send_answer (int fd, const struct ask_answer *answer);

/* Receive one packet into `buffer` (MESSAGE_MAX bytes), without blocking.
 * Returns its length, 0 at the end of the connection, or -1 with errno:
 * EAGAIN if there is none, EMSGSIZE for one that is too long.
 */
extern long ask_receive (int fd, char *buffer);

/* An argument of a question: text of less than `size` bytes, "" if it is
 * missing.  Returns 0, or -1 if it is no such text.
 */
extern int ask_text (const json_t *object, const char *name, char *value,
                     size_t size);

#endif

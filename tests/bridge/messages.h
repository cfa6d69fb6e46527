/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One message of each type, with every member at its largest.
 */

#ifndef TESTS_BRIDGE_MESSAGES_H
#define TESTS_BRIDGE_MESSAGES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/shared/message.h"

#define FILL(text, c) \
  (memset (text, c, sizeof (text) - 1), (text)[sizeof (text) - 1] = '\0')

static inline void
largest_tune (struct tune *tune)
{
  tune_init (tune);
  tune->sector_size = 4096;
  tune->write_cache = TUNE_CACHE_OFF;
  tune->detect_zeroes = TUNE_ZEROES_UNMAP;
  memset (tune->limit_group, 'g', sizeof tune->limit_group - 1);
  for (unsigned i = 0; i < TUNE_LIMITS; i++)
    tune->limits[i] = (struct rate) { 1000000000000, 1000000000000 };
  tune->on_read_error = tune->on_write_error = TUNE_ENOSPC;
  tune->persistent = 1;
}

/* Write it into `m`, with texts of the character `c`. */
static inline void
largest_message (enum message_type type, char c, struct message *m)
{
  memset (m, 0, sizeof *m);
  m->type = type;
  m->serial = INT64_MAX;
  switch (type) {
  case MESSAGE_OPEN:
    FILL (m->open.target, c);
    m->open.removable = true;
    m->open.connections = TUNE_CONNECTIONS_MAX;
    m->open.options = (struct nbd_client_options) {
      .read_only = true, .structured_replies = true, .connect_timeout = 1e9,
      .reconnect_limit = 0.1, .slow_after = 1e9 / 3,
    };
    largest_tune (&m->open.tune);
    break;
  case MESSAGE_CONNECT:
    m->connect = (struct message_connect) {
      .rings = { .abi = blkif_abi_find ("x86_64-abi"),
                 .count = DEVICE_QUEUES_MAX },
      .flush = true, .discard = true, .read_only = true, .sector_size = 4096,
      .indirect = BLKIF_INDIRECT_MAX, .persistent = true,
    };
    for (unsigned i = 0; i < DEVICE_QUEUES_MAX; i++) {
      m->connect.rings.rings[i].port = UINT32_MAX - i;
      m->connect.rings.rings[i].pages = RING_PAGES_MAX;
      for (unsigned j = 0; j < RING_PAGES_MAX; j++)
        m->connect.rings.rings[i].refs[j] = UINT32_MAX - i * 100 - j;
    }
    break;
  case MESSAGE_STATUS:
    m->status = (struct message_status) {
      .version = INT32_MAX,
      .target = HANDSHAKE_TARGETS - 1, .rings = HANDSHAKE_RINGS - 1,
      .server = NBD_CLIENT_GIVEN_UP, .attempts = UINT32_MAX,
      .indirect = BLKIF_INDIRECT_MAX, .persistent = true,
      .connections = TUNE_CONNECTIONS_MAX, .has_export = true,
      .export = {
        .size = INT64_MAX, .real_size = INT64_MAX - 1,
        .minimum_block = UINT32_MAX, .preferred_block = UINT32_MAX - 1,
        .maximum_block = UINT32_MAX - 2,
        .read_only = true, .flush = true, .fua = true, .trim = true,
        .zero = true, .multi_conn = true,
      },
    };
    m->status.has_tune = true;
    largest_tune (&m->status.tune);
    FILL (m->status.stopped, c);
    m->status.io_status = MESSAGE_IO_STATES - 1;
    FILL (m->status.reason, c);
    for (unsigned i = 0; i < TASKS; i++) {
      m->status.tasks[i].serial = INT64_MAX;
      FILL (m->status.tasks[i].error, c);
      m->status.tasks[i].late = true;
    }
    FILL (m->status.ring_error, c);
    break;
  case MESSAGE_TUNE:
    largest_tune (&m->tune.tune);
    break;
  case MESSAGE_CLAIM:
    m->claim.id = (struct device_id) { DEVICE_VBD3, 0x7fef, UINT32_MAX };
    break;
  case MESSAGE_VERDICT:
    m->verdict.accepted = true;
    FILL (m->verdict.text, c);
    break;
  case MESSAGE_LOG_LEVEL:
    m->log_level.level = LOG_LEVEL_DEBUG;
    break;
  case MESSAGE_TASK:
    m->task = (struct message_task) { TASKS - 1, TASK_SECONDS_MAX, true };
    break;
  case MESSAGE_STATS:
    m->stats = (struct message_stats) {
      .ring = DEVICE_QUEUES_MAX - 1, .rings = DEVICE_QUEUES_MAX,
      .connects = INT64_MAX, .server_errors = INT64_MAX - 1,
    };
    for (size_t i = 0; i < sizeof m->stats.stats / sizeof (uint64_t); i++)
      ((uint64_t *) &m->stats.stats)[i] = INT64_MAX;
    break;
  default:
    break;
  }
}

/* Decode from memory of just this size, so that reading on is noticed. */
static inline int
decode (const char *bytes, size_t length)
{
  static struct message message;
  char *copy = malloc (length ? length : 1);
  int r;

  memcpy (copy, bytes, length);
  r = message_decode (copy, length, &message);
  free (copy);
  return r;
}

static inline int
decode_text (const char *text)
{
  return decode (text, strlen (text));
}

/* Write the largest message of a type as text; returns its length. */
static inline size_t
encode (enum message_type type, char buffer[MESSAGE_MAX])
{
  static struct message message;

  largest_message (type, 'x', &message);
  return message_encode (&message, buffer, MESSAGE_MAX);
}

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>

#include <jansson.h>

#include "message.h"
#include "message-export.h"
#include "message-get.h"
#include "message-stats.h"
#include "message-tune.h"

static const char *const types[MESSAGE_TYPES] = {
  [MESSAGE_OPEN]       = "open",
  [MESSAGE_CONNECT]    = "connect",
  [MESSAGE_DISCONNECT] = "disconnect",
  [MESSAGE_QUIT]       = "quit",
  [MESSAGE_STATUS]     = "status",
  [MESSAGE_CLAIM]      = "claim",
  [MESSAGE_VERDICT]    = "verdict",
  [MESSAGE_LOG_LEVEL]  = "log-level",
  [MESSAGE_ASK_STATS]  = "ask-stats",
  [MESSAGE_STATS]      = "stats",
  [MESSAGE_TUNE]       = "tune",
  [MESSAGE_STOP]       = "stop",
  [MESSAGE_RESUME]     = "resume",
  [MESSAGE_TASK]       = "task",
};

static json_t *
pack_open (const struct message_open *m)
{
  return json_pack ("{s:s, s:b, s:b, s:f, s:f, s:f, s:o, s:b, s:I}",
                    "target", m->target,
                    "read-only", m->options.read_only,
                    "structured-replies", m->options.structured_replies,
                    "connect-timeout", m->options.connect_timeout,
                    "reconnect-limit", m->options.reconnect_limit,
                    "slow-after", m->options.slow_after,
                    "tune", message_pack_tune (&m->tune),
                    "removable", m->removable,
                    "connections", (json_int_t) m->connections);
}

/* One, if nothing is said; what is more than we know of is the most we do. */
static int
get_connections (const json_t *object, uint32_t *connections)
{
  *connections = 0;
  if (json_object_get (object, "connections") &&
      get_unsigned (object, "connections", UINT32_MAX, connections) == -1)
    return -1;
  if (*connections == 0)
    *connections = 1;
  if (*connections > TUNE_CONNECTIONS_MAX)
    *connections = TUNE_CONNECTIONS_MAX;
  return 0;
}

static int
unpack_open (const json_t *o, struct message_open *m)
{
  struct nbd_client_options *options = &m->options;

  if (get_text (o, "target", m->target, sizeof m->target) == -1 ||
      get_bool (o, "read-only", &options->read_only) == -1 ||
      get_bool (o, "structured-replies", &options->structured_replies) == -1 ||
      get_seconds (o, "connect-timeout", &options->connect_timeout) == -1 ||
      get_seconds (o, "reconnect-limit", &options->reconnect_limit) == -1 ||
      get_seconds (o, "slow-after", &options->slow_after) == -1 ||
      message_unpack_tune (o, "tune", &m->tune) == -1 ||
      get_connections (o, &m->connections) == -1 ||
      (json_object_get (o, "removable") &&
       get_bool (o, "removable", &m->removable) == -1))
    return -1;
  return options->connect_timeout > 0 ? 0 : -1;
}

static json_t *
pack_ring (const struct device_ring *ring)
{
  json_t *refs = json_array ();
  unsigned i;

  for (i = 0; i < ring->pages; i++)
    json_array_append_new (refs, json_integer (ring->refs[i]));
  return json_pack ("{s:I, s:o}", "port", (json_int_t) ring->port,
                    "refs", refs);
}

static int
unpack_ring (const json_t *o, struct device_ring *ring)
{
  const json_t *refs = json_object_get (o, "refs");
  size_t i;

  ring->pages = json_array_size (refs);
  if (ring->pages == 0 || ring->pages > RING_PAGES_MAX ||
      (ring->pages & (ring->pages - 1)) != 0 ||
      get_unsigned (o, "port", UINT32_MAX, &ring->port) == -1)
    return -1;
  for (i = 0; i < ring->pages; i++) {
    const json_t *ref = json_array_get (refs, i);
    json_int_t n = json_integer_value (ref);

    if (!json_is_integer (ref) || n < 0 || n > UINT32_MAX)
      return -1;
    ring->refs[i] = n;
  }
  return 0;
}

static json_t *
pack_connect (const struct message_connect *m)
{
  json_t *rings = json_array ();
  unsigned i;

  for (i = 0; i < m->rings.count; i++)
    json_array_append_new (rings, pack_ring (&m->rings.rings[i]));
  return json_pack ("{s:s, s:o, s:b, s:b, s:I, s:b, s:b, s:I}",
                    "protocol", m->rings.abi->name, "rings", rings,
                    "flush", m->flush, "discard", m->discard,
                    "indirect", (json_int_t) m->indirect,
                    "persistent", m->persistent,
                    "read-only", m->read_only,
                    "sector-size", (json_int_t) m->sector_size);
}

/* Those who do not know of these do not mention them. */
static int
get_transport (const json_t *object, uint32_t *indirect, bool *persistent)
{
  *indirect = 0;
  *persistent = false;
  if (json_object_get (object, "indirect") &&
      get_unsigned (object, "indirect", BLKIF_INDIRECT_MAX, indirect) == -1)
    return -1;
  return json_object_get (object, "persistent")
         ? get_bool (object, "persistent", persistent) : 0;
}

static int
unpack_connect (const json_t *o, struct message_connect *m)
{
  const json_t *rings = json_object_get (o, "rings");
  char protocol[32];
  size_t i;

  m->rings.count = json_array_size (rings);
  if (m->rings.count == 0 || m->rings.count > DEVICE_QUEUES_MAX ||
      get_text (o, "protocol", protocol, sizeof protocol) == -1 ||
      get_bool (o, "flush", &m->flush) == -1 ||
      get_bool (o, "discard", &m->discard) == -1 ||
      get_transport (o, &m->indirect, &m->persistent) == -1 ||
      get_bool (o, "read-only", &m->read_only) == -1)
    return -1;
  m->sector_size = BLKIF_SECTOR; /* of a daemon that says nothing */
  if (json_object_get (o, "sector-size") &&
      (get_unsigned (o, "sector-size", 4096, &m->sector_size) == -1 ||
       (m->sector_size != BLKIF_SECTOR && m->sector_size != 4096)))
    return -1;
  m->rings.abi = blkif_abi_find (protocol);
  if (m->rings.abi == NULL)
    return -1;
  for (i = 0; i < m->rings.count; i++)
    if (unpack_ring (json_array_get (rings, i), &m->rings.rings[i]) == -1)
      return -1;
  return 0;
}

static json_t *
pack_status (const struct message_status *m)
{
  json_t *o = json_pack ("{s:i, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:s, s:s}",
                         "version", m->version,
                         "target", (json_int_t) m->target,
                         "rings", (json_int_t) m->rings,
                         "server", (json_int_t) m->server,
                         "attempts", (json_int_t) m->attempts,
                         "indirect", (json_int_t) m->indirect,
                         "persistent", m->persistent,
                         "connections", (json_int_t) m->connections,
                         "reason", m->reason, "ring-error", m->ring_error);

  if (o)
    json_object_set_new (o, "tasks", message_pack_ends (m->tasks));
  if (o && m->has_export)
    json_object_set_new (o, "export", message_pack_export (&m->export));
  if (o && m->has_tune)
    json_object_set_new (o, "tune", message_pack_tune (&m->tune));
  if (o && m->stopped[0])
    json_object_set_new (o, "stopped", json_string (m->stopped));
  if (o && m->stopped[0])
    json_object_set_new (o, "io-status", json_integer (m->io_status));
  return o;
}

static int
unpack_status (const json_t *o, struct message_status *m)
{
  const json_t *export = json_object_get (o, "export");
  uint32_t version;
  int tune;

  if (get_unsigned (o, "version", INT32_MAX, &version) == -1)
    return -1;
  m->version = version; /* this much is known, whatever follows */
  if (get_unsigned (o, "target", HANDSHAKE_TARGETS - 1, &m->target) == -1 ||
      get_unsigned (o, "rings", HANDSHAKE_RINGS - 1, &m->rings) == -1 ||
      get_unsigned (o, "server", NBD_CLIENT_GIVEN_UP, &m->server) == -1 ||
      get_unsigned (o, "attempts", UINT32_MAX, &m->attempts) == -1 ||
      get_transport (o, &m->indirect, &m->persistent) == -1 ||
      get_connections (o, &m->connections) == -1 ||
      get_text (o, "reason", m->reason, sizeof m->reason) == -1 ||
      get_text (o, "ring-error", m->ring_error, sizeof m->ring_error) == -1)
    return -1;
  tune = message_unpack_tune (o, "tune", &m->tune);
  if (tune == -1 ||
      message_unpack_ends (json_object_get (o, "tasks"), m->tasks) == -1)
    return -1;
  m->has_tune = tune == 1;
  if (json_object_get (o, "stopped") &&
      (get_text (o, "stopped", m->stopped, sizeof m->stopped) == -1 ||
       get_unsigned (o, "io-status", MESSAGE_IO_STATES - 1,
                     &m->io_status) == -1))
    return -1;
  m->has_export = export != NULL;
  return m->has_export ? message_unpack_export (export, &m->export) : 0;
}

static json_t *
pack_claim (const struct message_claim *m)
{
  return json_pack ("{s:s, s:I, s:I}",
                    "kind", device_kind_name (m->id.kind),
                    "domid", (json_int_t) m->id.domid,
                    "devid", (json_int_t) m->id.devid);
}

static int
unpack_claim (const json_t *o, struct message_claim *m)
{
  char kind[8];
  unsigned i;

  if (get_text (o, "kind", kind, sizeof kind) == -1 ||
      get_unsigned (o, "domid", 0x7fef, &m->id.domid) == -1 ||
      get_unsigned (o, "devid", UINT32_MAX, &m->id.devid) == -1)
    return -1;
  for (i = 0; i < DEVICE_KINDS; i++) {
    if (strcmp (kind, device_kind_name (i)) == 0) {
      m->id.kind = i;
      return 0;
    }
  }
  return -1;
}

static json_t *
pack_verdict (const struct message_verdict *m)
{
  return json_pack ("{s:b, s:s}", "accepted", m->accepted, "text", m->text);
}

static int
unpack_verdict (const json_t *o, struct message_verdict *m)
{
  if (get_bool (o, "accepted", &m->accepted) == -1 ||
      get_text (o, "text", m->text, sizeof m->text) == -1)
    return -1;
  return 0;
}

static json_t *
pack_stats (const struct message_stats *m)
{
  return json_pack ("{s:i, s:i, s:I, s:I, s:o}",
                    "ring", (int) m->ring, "rings", (int) m->rings,
                    "connects", (json_int_t) m->connects,
                    "server-errors", (json_int_t) m->server_errors,
                    "counters", message_pack_stats (&m->stats));
}

static int
unpack_stats (const json_t *o, struct message_stats *m)
{
  if (get_unsigned (o, "rings", DEVICE_QUEUES_MAX, &m->rings) == -1 ||
      m->rings == 0 ||
      get_unsigned (o, "ring", m->rings - 1, &m->ring) == -1 ||
      get_number (o, "connects", INT64_MAX, &m->connects) == -1 ||
      get_number (o, "server-errors", INT64_MAX, &m->server_errors) == -1)
    return -1;
  return message_unpack_stats (json_object_get (o, "counters"), &m->stats);
}

static int
unpack_log_level (const json_t *o, struct message_log_level *m)
{
  uint32_t level;

  if (get_unsigned (o, "level", LOG_LEVEL_DEBUG, &level) == -1)
    return -1;
  m->level = level;
  return 0;
}

static json_t *
pack (const struct message *m)
{
  switch (m->type) {
  case MESSAGE_OPEN:    return pack_open (&m->open);
  case MESSAGE_CONNECT: return pack_connect (&m->connect);
  case MESSAGE_STATUS:  return pack_status (&m->status);
  case MESSAGE_TUNE:
    return json_pack ("{s:o}", "tune", message_pack_tune (&m->tune.tune));
  case MESSAGE_CLAIM:   return pack_claim (&m->claim);
  case MESSAGE_VERDICT: return pack_verdict (&m->verdict);
  case MESSAGE_STATS:   return pack_stats (&m->stats);
  case MESSAGE_TASK:    return message_pack_task (&m->task);
  case MESSAGE_LOG_LEVEL:
    return json_pack ("{s:i}", "level", (int) m->log_level.level);
  default:              return json_object ();
  }
}

static int
unpack (const json_t *object, struct message *m)
{
  switch (m->type) {
  case MESSAGE_OPEN:    return unpack_open (object, &m->open);
  case MESSAGE_CONNECT: return unpack_connect (object, &m->connect);
  case MESSAGE_STATUS:  return unpack_status (object, &m->status);
  case MESSAGE_TUNE:
    return message_unpack_tune (object, "tune", &m->tune.tune) == 1 ? 0 : -1;
  case MESSAGE_CLAIM:   return unpack_claim (object, &m->claim);
  case MESSAGE_VERDICT: return unpack_verdict (object, &m->verdict);
  case MESSAGE_STATS:   return unpack_stats (object, &m->stats);
  case MESSAGE_TASK:    return message_unpack_task (object, &m->task);
  case MESSAGE_LOG_LEVEL: return unpack_log_level (object, &m->log_level);
  default:              return 0;
  }
}

size_t
message_encode (const struct message *message, char *buffer, size_t size)
{
  json_t *object = pack (message);
  size_t length = 0;

  if (object &&
      json_object_set_new (object, "type",
                           json_string (types[message->type])) == 0 &&
      json_object_set_new (object, "serial",
                           json_integer (message->serial)) == 0)
    length = json_dumpb (object, buffer, size, JSON_COMPACT);
  json_decref (object);
  return length <= size ? length : 0;
}

int
message_decode (const char *buffer, size_t length, struct message *message)
{
  json_t *object = json_loadb (buffer, length, JSON_REJECT_DUPLICATES, NULL);
  char type[16];
  unsigned i;
  int r = -1;

  memset (message, 0, sizeof *message);
  if (get_text (object, "type", type, sizeof type) == 0 &&
      get_number (object, "serial", INT64_MAX, &message->serial) == 0)
    for (i = 0; i < MESSAGE_TYPES; i++)
      if (strcmp (type, types[i]) == 0) {
        message->type = i;
        r = unpack (object, message);
      }
  json_decref (object);
  return r;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker or a daemon may find in a packet: any bytes.
 */

#include <config.h>

#include <string.h>

#include "fuzz.h"
#include "bridge/shared/message.h"

static void
check_rings (const struct device_rings *rings)
{
  unsigned i;

  CHECK (rings->abi != NULL);
  CHECK (rings->count >= 1 && rings->count <= DEVICE_QUEUES_MAX);
  for (i = 0; i < rings->count; i++) {
    const unsigned pages = rings->rings[i].pages;

    CHECK (pages >= 1 && pages <= RING_PAGES_MAX);
    CHECK ((pages & (pages - 1)) == 0);
  }
}

static void
check_tune (const struct tune *tune)
{
  CHECK (tune->sector_size == 512 || tune->sector_size == 4096);
  CHECK (tune->write_cache <= TUNE_CACHE_ON);
  CHECK (tune->detect_zeroes <= TUNE_ZEROES_UNMAP);
  CHECK (tune->on_read_error <= TUNE_ENOSPC);
  CHECK (tune->on_write_error <= TUNE_ENOSPC);
  CHECK (memchr (tune->limit_group, '\0', TUNE_GROUP_MAX) != NULL);
  CHECK (strspn (tune->limit_group, "./") == 0);
  for (unsigned i = 0; i < TUNE_LIMITS; i++)
    CHECK (tune->limits[i].rate <= 1000000000000 &&
           tune->limits[i].burst <= 1000000000000);
}

static void
check_open (const struct message_open *open)
{
  const struct nbd_client_options *options = &open->options;

  CHECK (memchr (open->target, '\0', sizeof open->target) != NULL);
  CHECK (options->connect_timeout >= 0 && options->connect_timeout <= 1e9);
  CHECK (options->reconnect_limit >= 0 && options->reconnect_limit <= 1e9);
  CHECK (options->slow_after >= 0 && options->slow_after <= 1e9);
  CHECK (open->connections > 0 && open->connections <= TUNE_CONNECTIONS_MAX);
  check_tune (&open->tune);
}

static void
check_status (const struct message_status *status)
{
  CHECK (status->target < HANDSHAKE_TARGETS);
  CHECK (status->rings < HANDSHAKE_RINGS);
  CHECK (status->server <= NBD_CLIENT_GIVEN_UP);
  CHECK (memchr (status->reason, '\0', sizeof status->reason) != NULL);
  CHECK (memchr (status->ring_error, '\0', sizeof status->ring_error) != NULL);
  CHECK (status->export.size <= INT64_MAX);
  CHECK (status->connections > 0 &&
         status->connections <= TUNE_CONNECTIONS_MAX);
  check_tune (&status->tune);
  CHECK (memchr (status->stopped, '\0', sizeof status->stopped) != NULL);
  CHECK (status->io_status < MESSAGE_IO_STATES);
}

static void
check_ranges (const struct message *message)
{
  const struct device_id *id = &message->claim.id;

  CHECK (message->type < MESSAGE_TYPES);
  CHECK (message->serial <= INT64_MAX);
  switch (message->type) {
  case MESSAGE_OPEN:
    check_open (&message->open);
    break;
  case MESSAGE_CONNECT:
    check_rings (&message->connect.rings);
    break;
  case MESSAGE_TUNE:
    check_tune (&message->tune.tune);
    break;
  case MESSAGE_STATUS:
    check_status (&message->status);
    break;
  case MESSAGE_CLAIM:
    CHECK (id->kind < DEVICE_KINDS && id->domid < 0x7ff0);
    break;
  case MESSAGE_VERDICT:
    CHECK (memchr (message->verdict.text, '\0',
                   sizeof message->verdict.text) != NULL);
    break;
  default:
    break;
  }
}

/* Whatever is understood fits a packet when it is passed on, and says the
 * same there.
 */
static void
check_again (const struct message *message)
{
  static char text[MESSAGE_MAX], again[MESSAGE_MAX];
  static struct message other;
  size_t length = message_encode (message, text, sizeof text), n;

  CHECK (length > 0 && length <= sizeof text);
  CHECK (message_decode (text, length, &other) == 0);
  CHECK (other.type == message->type && other.serial == message->serial);
  n = message_encode (&other, again, sizeof again);
  CHECK (n == length && memcmp (text, again, n) == 0);
  CHECK (message_encode (message, again, length - 1) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct message message;
  char *copy;

  if (size > MESSAGE_MAX)
    return 0;
  copy = malloc (size + 1);
  CHECK (copy != NULL);
  if (size > 0)
    memcpy (copy, data, size);
  if (message_decode (copy, size, &message) == 0) {
    check_ranges (&message);
    check_again (&message);
  }
  free (copy);
  return 0;
}

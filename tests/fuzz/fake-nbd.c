/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "fake-guest.h"
#include "fake-nbd.h"
#include "fuzz.h"

uint64_t fuzz_clock;

void
nbd_init (struct nbd_client *client)
{
  unsigned i;

  memset (&client->export, 0, sizeof client->export);
  client->export.size = client->export.real_size = DISK_SECTORS * 512u;
  client->count = client->sent = client->turns = 0;
  client->activity = client->automatic = client->backwards = false;
  client->automatic_error = 0;
  client->in_turn = NULL;
  client->submitting = NULL;
  client->status.state = NBD_CLIENT_OPEN;
  client->last_write = client->flushed = 0;
  for (i = 0; i < DISK_SECTORS; i++) {
    client->disk[i] = 0x5eed0000u + i;
    client->written[i] = client->durable[i] = 0;
  }
}

static uint64_t
hash_data (const struct nbd_command *command)
{
  uint64_t hash = 1, i;

  for (i = 0; i < command->count / 512; i++)
    hash = hash * 0x100000001b3u ^ sector_tag (command->buffer + i * 512);
  return hash;
}

/* What the server does for a command. */
static void
carry_out (struct nbd_client *client, const struct nbd_flying *flying)
{
  const struct nbd_command *command = flying->command;
  const uint64_t first = command->offset / 512;
  uint64_t i;

  if (command->op == NBD_CLIENT_WRITE)
    CHECK (flying->hash == hash_data (command)); /* ours until it is reaped */
  for (i = 0; i < command->count / 512; i++) {
    if (command->op == NBD_CLIENT_READ)
      sector_fill (command->buffer + i * 512, client->disk[first + i]);
    else {
      client->written[first + i] = ++fuzz_clock;
      if (command->flags & NBD_CLIENT_FUA)
        client->durable[first + i] = fuzz_clock;
      client->disk[first + i] = command->op == NBD_CLIENT_TRIM ? 1
                                : sector_tag (command->buffer + i * 512);
    }
  }
}

static void
end (struct nbd_client *client, struct nbd_flying *flying, int error)
{
  if (error == 0) {
    carry_out (client, flying);
    if (flying->command->op == NBD_CLIENT_WRITE)
      client->last_write = ++fuzz_clock;
    if (flying->command->op == NBD_CLIENT_FLUSH &&
        flying->submitted > client->flushed)
      client->flushed = flying->submitted;
  }
  flying->command->error = error;
  flying->done = true;
  client->sent -= flying->sent;
  flying->sent = false;
  client->activity = true;
}

static void
end_quietly (struct nbd_client *client, struct nbd_flying *flying, int error)
{
  flying->quiet = true;
  end (client, flying, error);
}

void
nbd_complete (struct nbd_client *client, unsigned n, int error)
{
  unsigned i;

  if (client->sent == 0 || client->status.state >= NBD_CLIENT_HELD)
    return;
  n %= client->sent;
  for (i = 0; !client->flying[i].sent || n-- > 0; i++)
    CHECK (i < client->count);
  end (client, &client->flying[i], error);
}

void
nbd_lose (struct nbd_client *client, unsigned done)
{
  unsigned i;

  for (i = 0; i < client->count; i++) {
    struct nbd_flying *flying = &client->flying[i];

    if (flying->sent && done >> i % 8 & 1 &&
        flying->command->op != NBD_CLIENT_READ)
      carry_out (client, flying);
    flying->sent = false;
  }
  client->sent = 0;
  nbd_set_state (client, NBD_CLIENT_HELD);
}

void
nbd_set_state (struct nbd_client *client, enum nbd_client_state state)
{
  client->status.state = state;
  client->activity = true;
}

const struct nbd_client_status *
nbd_client_status (const struct nbd_client *client)
{
  return &client->status;
}

const struct nbd_client_export *
nbd_client_export (const struct nbd_client *client)
{
  return &client->export;
}

size_t
nbd_client_scratch (const struct nbd_client *client)
{
  const size_t minimum = client->export.minimum_block;

  return minimum > 512 ? 2 * minimum : 0;
}

unsigned
nbd_client_busy (const struct nbd_client *client)
{
  return client->count;
}

/* The contract gives us these to write to as well. */
static void
scribble (const struct nbd_client *client, struct nbd_command *command)
{
  const size_t scratch = nbd_client_scratch (client);

  if (command->op == NBD_CLIENT_READ || command->op == NBD_CLIENT_WRITE) {
    CHECK (command->buffer != NULL);
    command->buffer[-NBD_CLIENT_MARGIN] = command->buffer[-1] = '~';
    command->buffer[command->count] = '~';
    command->buffer[command->count + NBD_CLIENT_MARGIN - 1] = '~';
    CHECK (scratch == 0 || command->scratch != NULL);
    if (scratch > 0)
      command->scratch[0] = command->scratch[scratch - 1] = '~';
  }
}

/* What the real client would refuse, the bridge has let through. */
static void
check_command (const struct nbd_client *client,
               const struct nbd_command *command)
{
  const struct nbd_client_export *export = &client->export;
  unsigned i;

  for (i = 0; i < client->count; i++)
    CHECK (client->flying[i].command != command);
  CHECK ((command->offset | command->count) % 512 == 0);
  CHECK (command->op == NBD_CLIENT_WRITE || command->flags == 0);
  CHECK (!(command->flags & NBD_CLIENT_FUA) || export->fua);
  CHECK (command->offset <= export->size);
  CHECK (command->count <= export->size - command->offset);
  switch (command->op) {
  case NBD_CLIENT_WRITE:
    CHECK (!export->read_only);
    /* fall through */
  case NBD_CLIENT_READ:
    CHECK (command->count > 0 && command->count <= NBD_CLIENT_TRANSFER_MAX);
    break;
  case NBD_CLIENT_FLUSH:
    CHECK (export->flush && command->offset == 0 && command->count == 0);
    break;
  case NBD_CLIENT_TRIM:
    CHECK (export->trim && !export->read_only);
    break;
  }
}

void
nbd_client_submit (struct nbd_client *client, struct nbd_command *command)
{
  struct nbd_flying flying = { .command = command, .submitted = ++fuzz_clock };

  check_command (client, command);
  if (client->submitting)
    client->submitting (command);
  scribble (client, command);
  if (command->op == NBD_CLIENT_WRITE)
    flying.hash = hash_data (command);
  CHECK (client->count < NBD_COMMANDS);
  client->flying[client->count++] = flying;
  if (client->status.state == NBD_CLIENT_GIVEN_UP)
    end_quietly (client, &client->flying[client->count - 1], EIO);
}

static void
end_automatically (struct nbd_client *client)
{
  while (client->sent > 0)
    nbd_complete (client, client->backwards ? client->sent - 1 : 0,
                  client->automatic_error);
}

bool
nbd_client_turn (struct nbd_client *client)
{
  bool progress = false;
  unsigned i;

  client->turns++;
  if (client->in_turn)
    client->in_turn ();
  client->activity = false;
  if (client->automatic && client->sent > 0) {
    end_automatically (client);
    progress = true;
  }
  for (i = 0; i < client->count; i++) {
    struct nbd_flying *flying = &client->flying[i];

    progress |= flying->done && !flying->quiet;
    if (flying->done || flying->sent)
      continue;
    if (client->status.state == NBD_CLIENT_GIVEN_UP)
      end (client, flying, EIO);
    else if (client->status.state == NBD_CLIENT_HELD)
      continue;
    else {
      flying->sent = true;
      client->sent++;
    }
    progress = true;
  }
  client->activity = client->automatic && client->sent > 0 &&
                     client->status.state < NBD_CLIENT_HELD;
  return progress;
}

struct nbd_command *
nbd_client_reap (struct nbd_client *client)
{
  struct nbd_command *command;
  unsigned i;

  for (i = 0; i < client->count; i++)
    if (client->flying[i].done) {
      command = client->flying[i].command;
      memmove (&client->flying[i], &client->flying[i + 1],
               (--client->count - i) * sizeof client->flying[0]);
      return command;
    }
  return NULL;
}

void
nbd_client_cancel (struct nbd_client *client)
{
  unsigned i;

  if (client->sent > 0)
    nbd_lose (client, fuzz_clock & 0xff);
  for (i = 0; i < client->count; i++)
    if (!client->flying[i].done)
      end_quietly (client, &client->flying[i], ECANCELED);
}

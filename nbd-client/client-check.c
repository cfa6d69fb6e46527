/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What there is at the server, and asking for it again: see client.h.
 */

#include <errno.h>

#include "client-inside.h"
#include "plan.h"

const struct nbd_client_status *
nbd_client_status (const struct nbd_client *client)
{
  return &client->status;
}

const struct nbd_client_export *
nbd_client_export (const struct nbd_client *client)
{
  return client->uplink.known ? &client->uplink.export : NULL;
}

size_t
nbd_client_scratch (const struct nbd_client *client)
{
  size_t minimum = client->uplink.export.minimum_block;

  return minimum > PLAN_SECTOR ? 2 * minimum : 0;
}

/* Where and how much: 0 or EINVAL. */
static int
client_check_range (const struct nbd_client *client,
                    const struct nbd_command *command)
{
  uint64_t size = client->uplink.export.size;

  if (command->op == NBD_CLIENT_FLUSH)
    return command->offset == 0 && command->count == 0 ? 0 : EINVAL;
  if ((command->offset | command->count) % PLAN_SECTOR != 0)
    return EINVAL;
  if (command->offset > size || command->count > size - command->offset)
    return EINVAL;
  if (command->op == NBD_CLIENT_TRIM)
    return 0;
  if (command->count > NBD_CLIENT_TRANSFER_MAX)
    return EINVAL;
  if (plan_reads_first (&client->uplink.blocks, command) && !command->scratch)
    return EINVAL;
  return 0;
}

int
client_check (const struct nbd_client *client,
              const struct nbd_command *command)
{
  const struct nbd_client_export *export = &client->uplink.export;
  int error;

  if (!client->uplink.known)
    return ENOTCONN;
  error = client_check_range (client, command);
  if (error)
    return error;
  switch (command->op) {
  case NBD_CLIENT_READ:
    break;
  case NBD_CLIENT_WRITE:
    return export->read_only ? EPERM : 0;
  case NBD_CLIENT_FLUSH:
    return export->flush ? 0 : ENOTSUP;
  case NBD_CLIENT_TRIM:
    if (export->read_only)
      return EPERM;
    return export->trim ? 0 : ENOTSUP;
  }
  return 0;
}

void
nbd_client_ask_size (struct nbd_client *client, bool may_shrink,
                     uint64_t floor)
{
  client->asking = client->uplink.known && !client->uplink.empty;
  client->uplink.may_shrink = client->asking && may_shrink;
  client->uplink.failed = false;
  client->floor = floor;
  if (client->asking && client->uplink.connection == NULL)
    uplink_hurry (&client->uplink);
}

void
nbd_client_change (struct nbd_client *client, const struct nbd_target *target)
{
  flight_empty (&client->flight, &client->flight.held); /* of its notes */
  ev_timer_stop (client->uplink.loop, &client->limit_timer);
  client->asking = client->given_up = client->limit_due = false;
  client->fresh = true;
  if (target)
    client->target = *target;
  uplink_change (&client->uplink, target != NULL);
  client->status.state = target ? NBD_CLIENT_HELD : NBD_CLIENT_OPEN;
}

bool
nbd_client_asks_size (const struct nbd_client *client)
{
  return client->asking;
}

uint64_t
nbd_client_reach (const struct nbd_client *client)
{
  const struct nbd_command *command;
  uint64_t end = 0;

  for (command = client->waiting.first; command; command = command->next)
    if (command->offset + command->count > end)
      end = command->offset + command->count;
  return end;
}

void
client_ask_turn (struct nbd_client *client)
{
  if (!client->asking)
    return;
  client->uplink.floor = nbd_client_reach (client);
  if (client->uplink.floor < client->floor)
    client->uplink.floor = client->floor;
  if (client->uplink.connection && client->flight.busy == 0) {
    flight_empty (&client->flight, &client->flight.held); /* of its notes */
    uplink_redial (&client->uplink);
  }
}

void
client_ask_ended (struct nbd_client *client)
{
  struct uplink *uplink = &client->uplink;

  if (!client->asking || (uplink->connection && client->flight.busy > 0))
    return;
  if (!uplink->connection && !uplink->failed)
    return;
  client->asking = false;
  client->fresh = true;
  uplink->may_shrink = false;
  client_limit (client);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One export of an NBD server, kept open: see client.h.
 *
 * A command's way: submit -> waiting -> flight (at the server) -> done ->
 * reap.  When the connection is lost, what is in flight goes back to the
 * head of waiting and starts from its beginning.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "client.h"
#include "flight.h"
#include "inquiry.h"
#include "list.h"
#include "plan.h"
#include "slow.h"
#include "uplink.h"

/* Waiting commands that one look may pass over.  They are compared with each
 * other, so this bounds the work that a guest can ask for.
 */
#define CLIENT_PASSED_MAX 64

struct nbd_client {
  struct nbd_target target;
  struct nbd_client_options options;
  struct nbd_client_status status;
  struct uplink uplink;

  struct command_list waiting;  /* to be sent; in order of submission */
  struct flight flight;         /* at the server, and done */
  unsigned count;               /* submitted and not reaped */
  bool fresh;                   /* since the last look at `waiting`, it or the
                                 * flight has changed */

  struct slow slow;
  ev_timer limit_timer;         /* active while held, if there is a
                                 * reconnect_limit */
  bool limit_due;               /* noted: give up */
  bool given_up;

  struct inquiry inquiry;       /* for the size */
};

static void
client_limit_event (struct ev_loop *loop, ev_timer *watcher, int events)
{
  struct nbd_client *client = watcher->data;

  (void) loop;
  (void) events;
  client->limit_due = true;
}

struct nbd_client *
nbd_client_new (struct ev_loop *loop, const struct nbd_target *target,
                const struct nbd_client_options *options)
{
  struct nbd_client *client = calloc (1, sizeof *client);

  if (!client)
    return NULL;
  if (target)
    client->target = *target;
  client->options = *options;
  client->uplink.loop = loop;
  client->uplink.target = &client->target;
  client->uplink.options = &client->options;
  client->uplink.status = &client->status;
  slow_init (&client->slow, loop);
  ev_timer_init (&client->limit_timer, client_limit_event, 0., 0.);
  client->limit_timer.data = client;
  flight_init (&client->flight, &client->uplink.blocks);
  uplink_init (&client->uplink);
  if (target == NULL)
    nbd_client_change (client, NULL);
  return client;
}

void
nbd_client_set_several (struct nbd_client *client, bool several)
{
  client->options.several = several;
}

void
nbd_client_free (struct nbd_client *client)
{
  if (!client)
    return;
  slow_free (&client->slow);
  ev_timer_stop (client->uplink.loop, &client->limit_timer);
  uplink_free (&client->uplink);
  free (client);
}

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

/* The only place where a command ends without the server. */
static void
client_finish (struct nbd_client *client, struct nbd_command *command,
               int error)
{
  command->error = error;
  command->connection = client->flight.connection;
  list_append (&client->flight.done, command);
}

void
nbd_client_submit (struct nbd_client *client, struct nbd_command *command)
{
  int error = ENOTCONN;

  client->count++;
  if (client->uplink.known)
    error = check_command (&client->uplink.export, &client->uplink.blocks,
                           command);
  if (!error && client->given_up)
    error = EIO;
  if (error) {
    client_finish (client, command, error);
    return;
  }
  list_append (&client->waiting, command);
  client->fresh = true;
}

struct nbd_command *
nbd_client_reap (struct nbd_client *client)
{
  struct nbd_command *command = list_pop (&client->flight.done);

  if (command)
    client->count--;
  return command;
}

unsigned
nbd_client_busy (const struct nbd_client *client)
{
  return client->count;
}

static void
client_update_state (struct nbd_client *client)
{
  enum nbd_client_state state = NBD_CLIENT_HELD;

  if (!client->uplink.known)
    state = NBD_CLIENT_OPENING;
  else if (client->uplink.empty)
    state = NBD_CLIENT_OPEN;
  else if (client->uplink.connection)
    state = client->slow.slow ? NBD_CLIENT_SLOW : NBD_CLIENT_OPEN;
  else if (client->given_up)
    state = NBD_CLIENT_GIVEN_UP;
  else if (client->inquiry.busy && client->status.state == NBD_CLIENT_OPEN)
    state = NBD_CLIENT_OPEN; /* it has only been hung up on */
  client->status.state = state;
}

/* What could not be done goes first when there is a server again. */
static void
client_hold (struct nbd_client *client)
{
  if (!client->flight.held.first)
    return;
  list_prepend_all (&client->waiting, &client->flight.held);
  client->fresh = true;
}

/* There is no connection: begin to count the time until reconnect_limit. */
static void
client_limit (struct nbd_client *client)
{
  const double limit = client->options.reconnect_limit;

  if (limit > 0 && !client->uplink.connection &&
      !ev_is_active (&client->limit_timer) && !client->given_up) {
    ev_timer_set (&client->limit_timer, limit, 0.);
    ev_timer_start (client->uplink.loop, &client->limit_timer);
  }
}

/* The connection is of no more use: hold what it has. */
static void
client_lose (struct nbd_client *client, const char *reason)
{
  flight_empty (&client->flight, &client->flight.held);
  client_hold (client);
  uplink_drop (&client->uplink, reason);
  client_limit (client);
}

/* End all that waits, in the order in which it came. */
static void
client_end_waiting (struct nbd_client *client, int error)
{
  struct nbd_command *command;

  while ((command = list_pop (&client->waiting)))
    client_finish (client, command, error);
}

void
nbd_client_cancel (struct nbd_client *client)
{
  if (client->flight.busy > 0)
    client_lose (client, "commands at the server were cancelled");
  client_end_waiting (client, ECANCELED);
  client_update_state (client);
}

void
nbd_client_change (struct nbd_client *client, const struct nbd_target *target)
{
  flight_empty (&client->flight, &client->flight.held); /* of its notes */
  ev_timer_stop (client->uplink.loop, &client->limit_timer);
  client->inquiry.busy = client->given_up = client->limit_due = false;
  client->fresh = true;
  if (target)
    client->target = *target;
  uplink_change (&client->uplink, target != NULL);
  client->status.state = target ? NBD_CLIENT_HELD : NBD_CLIENT_OPEN;
}

void
nbd_client_ask_size (struct nbd_client *client, bool may_shrink,
                     uint64_t floor)
{
  inquiry_begin (&client->inquiry, &client->uplink, may_shrink, floor);
}

bool
nbd_client_asks_size (const struct nbd_client *client)
{
  return client->inquiry.busy;
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

static void
client_connected (struct nbd_client *client)
{
  ev_timer_stop (client->uplink.loop, &client->limit_timer);
  client->flight.connection = client->status.connects;
  client->limit_due = false;
  client->given_up = false;
  client->fresh = true;
}

/* Must `command` wait for one of `passed`, which came before it? */
static bool
client_overtakes (struct nbd_client *client,
                  const struct command_list *passed,
                  const struct nbd_command *command)
{
  const struct nbd_command *other = passed->first;

  for (; other; other = other->next)
    if (plan_conflict (&client->uplink.blocks, other, command))
      return true;
  return false;
}

/* Send what may be sent: all in order, except that commands which must not
 * run together with others stay behind.  Returns true if any was sent.
 */
static bool
client_send (struct nbd_client *client, double now)
{
  struct flight *flight = &client->flight;
  struct command_list passed = { NULL, NULL };
  struct nbd_command *command;
  unsigned passes = 0;
  bool sent = false, good = true;

  if (!client->fresh || flight->shutdown || client->inquiry.busy)
    return false;
  client->fresh = false;
  while (good && flight->busy < FLIGHT_MAX && passes < CLIENT_PASSED_MAX &&
         (command = list_pop (&client->waiting))) {
    if (flight_conflicts (flight, command) ||
        client_overtakes (client, &passed, command)) {
      list_append (&passed, command);
      passes++;
      continue;
    }
    good = flight_start (flight, client->uplink.connection, command, now);
    sent = true;
  }
  list_prepend_all (&client->waiting, &passed);
  return sent;
}

/* Everything between the connection and the lists.  Returns true if anything
 * was sent or answered.
 */
static bool
client_exchange (struct nbd_client *client, double now)
{
  struct connection *connection = client->uplink.connection;
  struct flight *flight = &client->flight;
  bool progress;

  connection_turn (connection);
  progress = flight_retire (flight, connection, now) > 0;
  if (progress) {
    client->fresh = true;
    uplink_useful (&client->uplink);
  }
  client_hold (client);
  progress = client_send (client, now) || progress;
  connection_watch (connection);
  if (connection_state (connection) == CONNECTION_LOST)
    client_lose (client, connection_reason (connection));
  /* What it still does of a write must not come after a later one that
   * another server has answered: so wait until it has done all of them.
   */
  else if (flight->shutdown && flight->changing == 0)
    client_lose (client, "the server is shutting down");
  return progress;
}

static void
client_check_slow (struct nbd_client *client, double now)
{
  const double waited = slow_check (&client->slow, &client->flight,
                                    client->options.slow_after, now);

  if (waited > 0)
    snprintf (client->status.reason, sizeof client->status.reason,
              "no answer for %.0f s", waited);
}

bool
nbd_client_turn (struct nbd_client *client)
{
  double now = ev_now (client->uplink.loop);
  bool progress = false;

  if (client->inquiry.busy)
    inquiry_turn (&client->inquiry, &client->uplink, &client->flight,
                  nbd_client_reach (client));
  if (uplink_turn (&client->uplink)) {
    client_connected (client);
    progress = true;
  }
  if (inquiry_ended (&client->inquiry, &client->uplink, &client->flight)) {
    client->fresh = true;
    client_limit (client);
  }
  if (client->uplink.connection)
    progress = client_exchange (client, now) || progress;
  if (client->limit_due) {
    client->limit_due = false;
    client->given_up = true;
    progress = client->waiting.first || progress;
    client_end_waiting (client, EIO);
  }
  client_check_slow (client, now);
  client_update_state (client);
  return progress;
}

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

#include "client.h"
#include "flight.h"
#include "list.h"
#include "plan.h"
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

  ev_timer slow_timer;          /* active while commands are in flight */
  bool slow_due;                /* noted: look at the oldest command */
  bool slow;
  ev_timer limit_timer;         /* active while held, if there is a limit */
  bool limit_due;               /* noted: give up */
  bool given_up;
};

static void
client_slow_event (struct ev_loop *loop, ev_timer *watcher, int events)
{
  struct nbd_client *client = watcher->data;

  (void) loop;
  (void) events;
  client->slow_due = true;
}

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
  client->target = *target;
  client->options = *options;
  client->uplink.loop = loop;
  client->uplink.target = &client->target;
  client->uplink.options = &client->options;
  client->uplink.status = &client->status;
  ev_timer_init (&client->slow_timer, client_slow_event, 0., 0.);
  client->slow_timer.data = client;
  ev_timer_init (&client->limit_timer, client_limit_event, 0., 0.);
  client->limit_timer.data = client;
  flight_init (&client->flight, &client->uplink.limits);
  uplink_init (&client->uplink);
  return client;
}

void
nbd_client_free (struct nbd_client *client)
{
  if (!client)
    return;
  ev_timer_stop (client->uplink.loop, &client->slow_timer);
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
  if (plan_reads_first (&client->uplink.limits, command) && !command->scratch)
    return EINVAL;
  return 0;
}

/* Can this export do `command`?  Returns 0 or an errno. */
static int
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

/* The only place where a command ends without the server. */
static void
client_finish (struct nbd_client *client, struct nbd_command *command,
               int error)
{
  command->error = error;
  list_append (&client->flight.done, command);
}

void
nbd_client_submit (struct nbd_client *client, struct nbd_command *command)
{
  int error = client_check (client, command);

  client->count++;
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
  else if (client->uplink.connection)
    state = client->slow ? NBD_CLIENT_SLOW : NBD_CLIENT_OPEN;
  else if (client->given_up)
    state = NBD_CLIENT_GIVEN_UP;
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

/* The connection is of no more use: hold what it has. */
static void
client_lose (struct nbd_client *client, const char *reason)
{
  double limit = client->options.reconnect_limit;

  flight_empty (&client->flight, &client->flight.held);
  client_hold (client);
  uplink_drop (&client->uplink, reason);
  if (limit > 0) {
    ev_timer_set (&client->limit_timer, limit, 0.);
    ev_timer_start (client->uplink.loop, &client->limit_timer);
  }
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

static void
client_connected (struct nbd_client *client)
{
  ev_timer_stop (client->uplink.loop, &client->limit_timer);
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
    if (plan_conflict (&client->uplink.limits, other, command))
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

  if (!client->fresh || flight->stopping)
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
  else if (flight->stopping && flight->changing == 0)
    client_lose (client, "the server is shutting down");
  return progress;
}

/* Is the oldest command too old?  Keeps the timer running until it is. */
static void
client_check_slow (struct nbd_client *client, double now)
{
  double after = client->options.slow_after, waited;
  struct ev_loop *loop = client->uplink.loop;

  if (after <= 0)
    return;
  if (client->flight.busy == 0) {
    client->slow = false;
    ev_timer_stop (loop, &client->slow_timer); /* idle is asleep */
  }
  else if (client->slow || client->slow_due ||
           !ev_is_active (&client->slow_timer)) {
    waited = now - flight_oldest (&client->flight);
    client->slow = waited >= after;
    if (client->slow)
      snprintf (client->status.reason, sizeof client->status.reason,
                "no answer for %.0f s", waited);
    else {
      ev_timer_set (&client->slow_timer, after - waited, 0.);
      ev_timer_start (loop, &client->slow_timer);
    }
  }
  client->slow_due = false;
}

bool
nbd_client_turn (struct nbd_client *client)
{
  double now = ev_now (client->uplink.loop);
  bool progress = false;

  if (uplink_turn (&client->uplink)) {
    client_connected (client);
    progress = true;
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

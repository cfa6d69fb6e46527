/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One attempt to get a connection: see dial.h.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "credentials.h"
#include "dial.h"
#include "resolve.h"
#include "status.h"

struct dial {
  struct ev_loop *loop;
  const struct nbd_target *target;
  const struct nbd_client_options *options;

  struct resolve *resolve;       /* NULL: the host needs no look-up */
  int count, next;               /* addresses; which to try next */
  struct connection *connection; /* to the one before `next` */

  ev_timer deadline;             /* of the look-up or the address */
  bool late;                     /* noted by the timer */
  double end;                    /* ev_now () at which all must be over */

  enum dial_state state;
  bool refused;
  char reason[NBD_CLIENT_REASON_MAX];
};

static void
dial_late (struct ev_loop *loop, ev_timer *watcher, int events)
{
  struct dial *dial = watcher->data;

  (void) loop;
  (void) events;
  dial->late = true;
}

/* Note `late` in `seconds` from now and not before. */
static void
dial_set_deadline (struct dial *dial, double seconds)
{
  ev_timer_stop (dial->loop, &dial->deadline);
  dial->late = false;
  ev_timer_set (&dial->deadline, seconds > 0 ? seconds : 0, 0.);
  ev_timer_start (dial->loop, &dial->deadline);
}

struct dial *
dial_new (struct ev_loop *loop, const struct nbd_target *target,
          const struct nbd_client_options *options)
{
  struct dial *dial = calloc (1, sizeof *dial);
  bool look_up = target->transport == NBD_TARGET_TCP &&
    !resolve_is_literal (target->host) && !credentials_check_name (target);

  if (!dial)
    return NULL;
  dial->loop = loop;
  dial->target = target;
  dial->options = options;
  dial->count = 1;
  ev_timer_init (&dial->deadline, dial_late, 0., 0.);
  dial->deadline.data = dial;
  if (look_up) {
    dial->count = -1;
    dial->resolve = resolve_new (loop, target->host);
    if (!dial->resolve)
      goto err;
  }
  /* The owner may have been away from its loop for long. */
  ev_now_update (loop);
  dial->end = ev_now (loop) + options->connect_timeout;
  dial_set_deadline (dial, options->connect_timeout);
  return dial;

 err:
  dial_free (dial);
  return NULL;
}

/* The address that is tried next, as a text. */
static const char *
dial_address (struct dial *dial)
{
  if (dial->resolve)
    return resolve_address (dial->resolve, dial->next);
  return dial->target->host;
}

/* Wait for the look-up.  Returns false as long as there is no address. */
static bool
dial_resolve (struct dial *dial)
{
  if (dial->count > 0)
    return true;
  dial->count = resolve_count (dial->resolve);
  if (dial->count > 0)
    return true;
  if (dial->count == 0) {
    dial->state = DIAL_FAILED;
    text_copy (dial->reason, sizeof dial->reason,
               resolve_reason (dial->resolve));
  }
  else if (dial->late) {
    dial->state = DIAL_FAILED;
    snprintf (dial->reason, sizeof dial->reason, "the host '%s' was not"
              " looked up within %g s", dial->target->host,
              dial->options->connect_timeout);
  }
  return false;
}

/* Start with the next address; each gets an equal share of the time left, so
 * that one which never answers does not hide those behind it.
 */
static void
dial_next (struct dial *dial)
{
  double left = dial->end - ev_now (dial->loop);

  dial->connection = connection_new (dial->loop, dial->target,
                                     dial_address (dial),
                                     dial->options->structured_replies);
  if (!dial->connection) {
    dial->state = DIAL_FAILED;
    snprintf (dial->reason, sizeof dial->reason, "cannot connect: %s",
              strerror (errno));
    return;
  }
  dial_set_deadline (dial, left / (dial->count - dial->next));
  dial->next++;
}

/* The connection failed or took too long: note why and drop it. */
static void
dial_drop (struct dial *dial)
{
  struct connection *connection = dial->connection;
  char where[RESOLVE_LITERAL_MAX + 2] = "";

  if (dial->count > 1)
    snprintf (where, sizeof where, "%s: ",
              resolve_address (dial->resolve, dial->next - 1));
  if (connection_state (connection) == CONNECTION_LOST)
    snprintf (dial->reason, sizeof dial->reason, "%s%.400s", where,
              connection_reason (connection));
  else
    snprintf (dial->reason, sizeof dial->reason, "%s%s within %g s", where,
              connection_reached (connection) ?
              "the server did not complete the NBD handshake" :
              "the server did not accept the connection",
              dial->options->connect_timeout);
  dial->refused = connection_refused (connection);
  connection_free (connection);
  dial->connection = NULL;
  if (dial->next == dial->count)
    dial->state = DIAL_FAILED;
}

enum dial_state
dial_turn (struct dial *dial)
{
  while (dial->state == DIAL_BUSY && dial_resolve (dial)) {
    if (!dial->connection) {
      dial_next (dial);
      continue;
    }
    connection_turn (dial->connection);
    if (connection_state (dial->connection) == CONNECTION_READY)
      dial->state = DIAL_READY;
    else if (connection_state (dial->connection) == CONNECTION_LOST ||
             dial->late)
      dial_drop (dial);
    else
      break;
  }
  if (dial->state != DIAL_BUSY)
    ev_timer_stop (dial->loop, &dial->deadline);
  return dial->state;
}

struct connection *
dial_take (struct dial *dial)
{
  struct connection *connection = dial->connection;

  dial->connection = NULL;
  return connection;
}

const char *
dial_reason (const struct dial *dial)
{
  return dial->reason;
}

bool
dial_refused (const struct dial *dial)
{
  return dial->refused;
}

void
dial_free (struct dial *dial)
{
  if (!dial)
    return;
  ev_timer_stop (dial->loop, &dial->deadline);
  connection_free (dial->connection);
  resolve_free (dial->resolve);
  free (dial);
}

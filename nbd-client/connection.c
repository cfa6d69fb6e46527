/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One libnbd handle: see connection.h.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libnbd.h>

#include "connection.h"
#include "connector.h"
#include "credentials.h"
#include "libnbd-error.h"
#include "resolve.h"
#include "socket.h"
#include "status.h"

struct connection {
  struct ev_loop *loop;
  const struct nbd_target *target;
  struct nbd_handle *nbd;         /* NULL while the connector has it */
  struct connector *connector;    /* looks up the address and connects */

  ev_io io;                       /* on `fd`, active if `events` */
  int fd, events;                 /* as last asked from libnbd */
  int noted;                      /* events that the watcher has seen */
  bool tuned;                     /* the options of `fd` are set */

  enum connection_state state;
  bool refused;
  char reason[NBD_CLIENT_REASON_MAX];
};

/* The socket is closed or will be: its watcher must go before anything else
 * can get the same number.
 */
static void
connection_lose (struct connection *connection)
{
  ev_io_stop (connection->loop, &connection->io);
  connection->fd = -1;
  connection->events = 0;
  connection->state = CONNECTION_LOST;
}

/* As connection_lose, with libnbd's last error as the reason. */
static void
connection_lose_error (struct connection *connection)
{
  connection->refused = libnbd_error_set (FAILURE_INTO (connection->reason));
  connection_lose (connection);
}

static void
connection_event (struct ev_loop *loop, ev_io *watcher, int events)
{
  struct connection *connection = watcher->data;

  (void) loop;
  connection->noted |= events;
}

/* Take the handle back once the thread is done with it. */
static void
connection_connected (struct connection *connection)
{
  connection->nbd = connector_take (connection->connector,
                                    &connection->refused,
                                    FAILURE_INTO (connection->reason));
  if (!connection->nbd)
    return;
  connector_free (connection->connector);
  connection->connector = NULL;
  if (connection->reason[0])
    connection_lose (connection);
}

static int
connection_prepare (struct connection *connection, bool structured_replies)
{
  const struct nbd_target *target = connection->target;
  struct nbd_handle *nbd = connection->nbd;

  if (nbd_set_export_name (nbd, target->export_name) == -1 ||
      nbd_set_request_structured_replies (nbd, structured_replies) == -1 ||
      /* Simple replies always fill the buffer: no need to clear it. */
      nbd_set_pread_initialize (nbd, structured_replies) == -1) {
    libnbd_error_set (FAILURE_INTO (connection->reason));
    return -1;
  }
  return credentials_set (nbd, target, FAILURE_INTO (connection->reason));
}

/* Begin to connect.  Returns 0, or -1 with errno when out of memory. */
static int
connection_start (struct connection *connection, const char *address)
{
  const struct nbd_target *target = connection->target;
  char port[sizeof "4294967295"];
  int r = -1;

  snprintf (port, sizeof port, "%u", target->port);
  switch (target->transport) {
  case NBD_TARGET_UNIX:
    r = nbd_aio_connect_unix (connection->nbd, target->socket);
    break;
  case NBD_TARGET_VSOCK:
    r = nbd_aio_connect_vsock (connection->nbd, target->cid, target->port);
    break;
  case NBD_TARGET_TCP:
    if (!resolve_is_literal (address))
      goto by_name;
    r = nbd_aio_connect_tcp (connection->nbd, address, port);
    break;
  }
  if (r == -1)
    connection_lose_error (connection);
  return 0;

 by_name:
  connection->connector = connector_new (connection->loop, connection->nbd,
                                         address, port);
  connection->nbd = NULL;
  return connection->connector ? 0 : -1;
}

struct connection *
connection_new (struct ev_loop *loop, const struct nbd_target *target,
                const char *address, bool structured_replies)
{
  struct connection *connection = calloc (1, sizeof *connection);

  if (!connection)
    return NULL;
  connection->loop = loop;
  connection->target = target;
  connection->fd = -1;
  ev_init (&connection->io, connection_event);
  connection->io.data = connection;
  connection->nbd = nbd_create ();
  if (!connection->nbd)
    goto err;
  if (connection_prepare (connection, structured_replies) == -1)
    connection_lose (connection);
  else if (connection_start (connection, address) == -1)
    goto err;
  if (connection->state != CONNECTION_LOST)
    connection_watch (connection);
  return connection;

 err:
  connection_free (connection);
  return NULL;
}

void
connection_free (struct connection *connection)
{
  if (!connection)
    return;
  ev_io_stop (connection->loop, &connection->io);
  connector_free (connection->connector);
  if (connection->nbd)
    nbd_close (connection->nbd);
  free (connection);
}

/* What libnbd waits for now, as events of libev. */
static int
connection_wanted (struct connection *connection)
{
  unsigned direction = nbd_aio_get_direction (connection->nbd);
  int events = 0;

  if (direction & LIBNBD_AIO_DIRECTION_READ)
    events |= EV_READ;
  if (direction & LIBNBD_AIO_DIRECTION_WRITE)
    events |= EV_WRITE;
  return events;
}

/* The handshake is over. */
static void
connection_ready (struct connection *connection)
{
  const char *protocol = nbd_get_protocol (connection->nbd);

  connection->state = CONNECTION_READY;
  /* libnbd takes whatever export such a server has. */
  if (connection->target->export_name[0] && protocol &&
      strcmp (protocol, "oldstyle") == 0) {
    snprintf (connection->reason, sizeof connection->reason,
              "the server speaks the oldstyle protocol, which has no export"
              " names");
    connection->refused = true;
    connection_lose (connection);
  }
}

void
connection_watch (struct connection *connection)
{
  int fd, events;

  if (connection->state == CONNECTION_LOST || connection->connector)
    return;
  /* libnbd may have died inside a call that returned success.  Its socket is
   * then closed, and only its last error still tells why.
   */
  fd = nbd_aio_is_dead (connection->nbd) == 1 ||
    nbd_aio_is_closed (connection->nbd) == 1 ? -1 :
    nbd_aio_get_fd (connection->nbd);
  if (fd == -1) {
    snprintf (connection->reason, sizeof connection->reason,
              "the server closed the connection");
    connection_lose (connection);
    return;
  }
  events = connection_wanted (connection);
  if (fd != connection->fd || events != connection->events) {
    ev_io_stop (connection->loop, &connection->io);
    ev_io_set (&connection->io, fd, events);
    if (events)
      ev_io_start (connection->loop, &connection->io);
    connection->tuned = connection->tuned && fd == connection->fd;
    connection->fd = fd;
    connection->events = events;
  }
  if (!connection->tuned && connection->target->transport == NBD_TARGET_TCP)
    socket_tune_tcp (fd);
  connection->tuned = true;
  if (connection->state == CONNECTION_MAKING &&
      nbd_aio_is_ready (connection->nbd) == 1)
    connection_ready (connection);
}

static int
connection_notify_read (struct connection *connection)
{
  int r = nbd_aio_notify_read (connection->nbd);

  /* A TLS record without data has the same effect as false input (see
   * connection_notify); a second call undoes it.
   */
  if (r == 0 && strncmp (nbd_connection_state (connection->nbd),
                         "REPLY.START", 11) == 0)
    r = nbd_aio_notify_read (connection->nbd);
  return r;
}

/* One notification.  Returns false if there was none to give: libnbd must
 * not be told of input that is not there, or it would wait for the rest of a
 * reply and send nothing meanwhile.
 */
static bool
connection_notify (struct connection *connection, int events)
{
  int r;

  events &= connection->events;
  if (!events)
    return false;
  if (events & EV_READ)
    r = connection_notify_read (connection);
  else
    r = nbd_aio_notify_write (connection->nbd);
  if (r == -1)
    connection_lose_error (connection);
  else
    connection_watch (connection);
  return true;
}

bool
connection_turn (struct connection *connection)
{
  int events;
  unsigned n;

  if (connection->connector)
    connection_connected (connection);
  if (connection->connector)
    return false;
  connection_watch (connection);
  events = connection->noted;
  connection->noted = 0;
  for (n = 0; n < CONNECTION_TURN_MAX; n++) {
    if (connection->state == CONNECTION_LOST ||
        !connection_notify (connection, events))
      break;
    events = socket_poll (connection->fd, connection->events);
  }
  return n > 0 || connection->state == CONNECTION_LOST;
}

enum connection_state
connection_state (const struct connection *connection)
{
  return connection->state;
}

const char *
connection_reason (const struct connection *connection)
{
  return connection->reason;
}

bool
connection_refused (const struct connection *connection)
{
  return connection->refused;
}

bool
connection_reached (const struct connection *connection)
{
  if (!connection->nbd)
    return false;
  return strncmp (nbd_connection_state (connection->nbd), "CONNECT", 7) != 0;
}

void
connection_facts (struct connection *connection, struct export_facts *facts)
{
  struct nbd_handle *nbd = connection->nbd;

  memset (facts, 0, sizeof *facts);
  facts->size = nbd_get_size (nbd);
  facts->minimum = nbd_get_block_size (nbd, LIBNBD_SIZE_MINIMUM);
  facts->preferred = nbd_get_block_size (nbd, LIBNBD_SIZE_PREFERRED);
  facts->maximum = nbd_get_block_size (nbd, LIBNBD_SIZE_MAXIMUM);
  facts->read_only = nbd_is_read_only (nbd) == 1;
  facts->flush = nbd_can_flush (nbd) == 1;
  facts->fua = nbd_can_fua (nbd) == 1;
  facts->trim = nbd_can_trim (nbd) == 1;
  facts->zero = nbd_can_zero (nbd) == 1;
  facts->multi_conn = nbd_can_multi_conn (nbd) == 1;
}

int64_t
connection_send (struct connection *connection, const struct plan_step *step,
                 int (*answer) (void *opaque, int *error), void *opaque)
{
  nbd_completion_callback callback = {
    .callback = answer, .user_data = opaque,
  };
  const uint32_t fua = step->fua ? LIBNBD_CMD_FLAG_FUA : 0;
  struct nbd_handle *nbd = connection->nbd;
  int64_t cookie = -1;

  switch (step->kind) {
  case PLAN_READ:
    cookie = nbd_aio_pread (nbd, step->buffer, step->count, step->offset,
                            callback, 0);
    break;
  case PLAN_WRITE:
    cookie = nbd_aio_pwrite (nbd, step->buffer, step->count, step->offset,
                             callback, fua);
    break;
  case PLAN_FLUSH:
    cookie = nbd_aio_flush (nbd, callback, 0);
    break;
  case PLAN_TRIM:
    cookie = nbd_aio_trim (nbd, step->count, step->offset, callback, 0);
    break;
  case PLAN_ZERO:
    cookie = nbd_aio_zero (nbd, step->count, step->offset, callback,
                           step->hole ? fua : fua | LIBNBD_CMD_FLAG_NO_HOLE);
    break;
  case PLAN_DONE:
    break;
  }
  if (cookie == -1) {
    int error = nbd_get_errno ();

    connection_watch (connection);
    errno = connection->state == CONNECTION_LOST ? ENOTCONN :
      error ? error : EIO;
  }
  return cookie;
}

int
connection_retire (struct connection *connection, int64_t cookie)
{
  if (nbd_aio_command_completed (connection->nbd, (uint64_t) cookie) == 1)
    return 0;
  return nbd_get_errno () ? nbd_get_errno () : EIO;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link.h"
#include "worker.h"

#define RESEND_AFTER 0.1 /* seconds */

static void
forget_daemon (struct worker *worker)
{
  if (worker->daemon_fd == -1)
    return;
  ev_io_stop (worker->loop, &worker->receive);
  close (worker->daemon_fd);
  worker->daemon_fd = -1;
}

static unsigned
rings_state (const struct worker *worker)
{
  if (worker->volume.nqueues == 0)
    return HANDSHAKE_RINGS_NONE;
  return worker->volume.stopping ? HANDSHAKE_RINGS_DISCONNECTING
                                 : HANDSHAKE_RINGS_CONNECTED;
}

static void
fill_status (const struct worker *worker, struct message_status *status)
{
  struct nbd_client *client = worker->volume.client;
  const struct nbd_client_export *export = NULL;
  unsigned i;

  memset (status, 0, sizeof *status);
  status->version = MESSAGE_VERSION;
  status->rings = rings_state (worker);
  status->indirect = BLKIF_INDIRECT_MAX;
  status->persistent = worker->volume.persistent;
  for (i = 0; i < TASKS; i++)
    status->tasks[i] = worker->tasks[i].end;
  status->has_tune = true;
  status->tune = worker->volume.tune;
  message_copy_text (status->stopped, worker->volume.hold.reason,
                     sizeof status->stopped);
  status->io_status = worker->volume.hold.io_status;
  message_copy_text (status->ring_error, worker->ring_error,
                     sizeof status->ring_error);
  if (worker->open_error[0]) {
    status->target = HANDSHAKE_TARGET_FAILED;
    message_copy_text (status->reason, worker->open_error,
                       sizeof status->reason);
    return;
  }
  if (client) {
    const struct nbd_client_status *s = nbd_client_status (client);

    export = nbd_client_export (client);
    status->server = s->state;
    status->attempts = s->attempts > 0; /* how many would be news each time */
    if (s->state != NBD_CLIENT_OPEN)
      message_copy_text (status->reason, s->reason, sizeof status->reason);
  }
  status->target = export ? HANDSHAKE_TARGET_OPEN : HANDSHAKE_TARGET_OPENING;
  status->has_export = export != NULL;
  if (export)
    status->export = *export;
}

bool
worker_send (struct worker *worker, const struct message *message)
{
  if (worker->daemon_fd == -1)
    return false;
  if (message_send (worker->daemon_fd, message) == 0)
    return true;
  if (errno == EAGAIN)
    ev_timer_again (worker->loop, &worker->resend);
  else
    forget_daemon (worker);
  return false;
}

static void
send_status (struct worker *worker)
{
  struct message message = { .type = MESSAGE_STATUS };

  if (worker->daemon_fd == -1)
    return;
  fill_status (worker, &message.status);
  message.serial = worker->serial;
  if (!worker->unsent && worker->serial == worker->sent_serial &&
      memcmp (&message.status, &worker->sent, sizeof worker->sent) == 0)
    return;
  if (worker_send (worker, &message)) {
    worker->sent = message.status;
    worker->sent_serial = worker->serial;
    worker->unsent = false;
  }
}

static void
connect_rings (struct worker *worker, const struct message_connect *connect)
{
  struct volume *volume = &worker->volume;

  worker->ring_error[0] = '\0';
  if (volume->nqueues > 0)
    snprintf (worker->ring_error, sizeof worker->ring_error,
              "the rings are connected already");
  else if (volume->client == NULL || nbd_client_export (volume->client) == NULL)
    snprintf (worker->ring_error, sizeof worker->ring_error,
              "the target is not open yet");
  else if (volume_connect (volume, connect, worker->ring_error) == 0)
    log_debug (volume->name, "serving %u ring%s of %u page%s, %s",
               connect->rings.count, connect->rings.count > 1 ? "s" : "",
               connect->rings.rings[0].pages,
               connect->rings.rings[0].pages > 1 ? "s" : "",
               connect->rings.abi->name);
}

static void
handle (struct worker *worker, const struct message *message)
{
  worker->serial = message->serial;
  switch (message->type) {
  case MESSAGE_OPEN:
    worker_open (worker, &message->open);
    break;
  case MESSAGE_CONNECT:
    connect_rings (worker, &message->connect);
    break;
  case MESSAGE_LOG_LEVEL:
    log_set_level (message->log_level.level);
    break;
  case MESSAGE_TASK:
    worker_task (worker, &message->task);
    break;
  case MESSAGE_ASK_STATS:
    worker_ask_stats (worker);
    break;
  case MESSAGE_TUNE:
    volume_tune (&worker->volume, &message->tune.tune);
    break;
  case MESSAGE_STOP:
    hold_stop (&worker->volume, "by the operator");
    break;
  case MESSAGE_RESUME:
    hold_resume (&worker->volume);
    break;
  case MESSAGE_QUIT:
    worker->quitting = true;
    /* fall through */
  case MESSAGE_DISCONNECT:
    worker->ring_error[0] = '\0';
    volume_stop (&worker->volume);
    break;
  default:
    log_warning (worker->volume.name, "unexpected message from the daemon");
  }
}

static void
daemon_readable (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct worker *worker = watcher->data;
  struct message message;
  int r;

  (void) loop;
  (void) revents;
  while ((r = message_receive (worker->daemon_fd, &message)) == 1)
    handle (worker, &message);
  if (r == -1 && errno == EAGAIN)
    return;
  if (r == -1)
    log_warning (worker->volume.name, "the daemon's message: %s",
                 strerror (errno));
  forget_daemon (worker);
}

static void
daemon_connects (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct worker *worker = watcher->data;
  int fd = accept4 (worker->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  (void) revents;
  if (fd == -1)
    return;
  /* What the one before has said still holds. */
  if (worker->daemon_fd != -1)
    daemon_readable (loop, &worker->receive, EV_READ);
  forget_daemon (worker);
  worker->daemon_fd = fd;
  worker->serial = 0; /* each daemon counts its own messages */
  worker->unsent = true;
  worker->stats_serial = 0;
  worker_task_forget (worker);
  ev_io_set (&worker->receive, fd, EV_READ);
  ev_io_start (loop, &worker->receive);
}

static void
resend (struct ev_loop *loop, ev_timer *timer, int revents)
{
  /* The turn that follows sends. */
  (void) revents;
  ev_timer_stop (loop, timer);
}

/* As if the daemon had said it: drain, flush, unmap, leave. */
static void
terminate (struct ev_loop *loop, ev_signal *watcher, int revents)
{
  struct worker *worker = watcher->data;

  (void) loop;
  (void) revents;
  worker->quitting = true;
  volume_stop (&worker->volume);
}

static void
log_server_state (struct worker *worker,
                  const struct nbd_client_status *status, double now)
{
  const char *name = worker->volume.name;

  switch (status->state) {
  case NBD_CLIENT_OPENING:
    break;
  case NBD_CLIENT_OPEN:
    if (worker->logged == NBD_CLIENT_OPENING)
      log_debug (name, "the export is open");
    else if (worker->logged == NBD_CLIENT_SLOW)
      log_info (name, "the server answers again");
    else
      log_info (name, "the server is back after %.1f s",
                now - worker->held_since);
    break;
  case NBD_CLIENT_SLOW:
    log_warning (name, "the server is slow: %s", status->reason);
    break;
  case NBD_CLIENT_HELD:
    log_warning (name, "requests are held: %s", status->reason);
    break;
  case NBD_CLIENT_GIVEN_UP:
    log_error (name, "the server did not come back within the limit, "
               "requests fail: %s", status->reason);
    break;
  }
}

/* Tell the operator when the server goes and comes back, and what else is
 * wrong in between: it may be back, but with another export.
 */
static void
log_server (struct worker *worker)
{
  const struct nbd_client_status *status;
  const double now = ev_now (worker->loop);
  uint64_t suppressed;
  bool held;

  if (worker->volume.client == NULL)
    return;
  status = nbd_client_status (worker->volume.client);
  held = status->state >= NBD_CLIENT_HELD;
  if (held && !worker->held)
    worker->held_since = now;
  worker->held = held;
  if (status->state == worker->logged &&
      (status->state != NBD_CLIENT_HELD ||
       strcmp (status->reason, worker->logged_reason) == 0))
    return;
  if (!log_limit_pass (status->refused ? &worker->refused_limit
                                       : &worker->server_limit,
                       now, &suppressed)) {
    ev_timer_again (worker->loop, &worker->resend); /* if it still holds then */
    return;
  }
  log_server_state (worker, status, now);
  worker->logged = status->state;
  snprintf (worker->logged_reason, sizeof worker->logged_reason, "%s",
            status->reason);
}

static void
turn (struct ev_loop *loop, ev_prepare *prepare, int revents)
{
  struct worker *worker = prepare->data;
  struct volume *volume = &worker->volume;

  (void) revents;
  volume_turn (volume);
  if (volume_broken (volume) && !volume->stopping) {
    snprintf (worker->ring_error, sizeof worker->ring_error,
              "the guest claims more requests than its ring can hold");
    volume_stop (volume);
  }
  worker_task_turn (worker);
  log_server (worker);
  send_status (worker);
  worker_answer (worker);
  worker_note_load (worker);
  if (worker->quitting && volume->nqueues == 0)
    ev_break (loop, EVBREAK_ALL);
}

void
worker_init (struct worker *worker, struct ev_loop *loop, const char *name,
             uint32_t domid, int listen_fd)
{
  memset (worker, 0, sizeof *worker);
  worker->loop = loop;
  worker->listen_fd = listen_fd;
  worker->daemon_fd = -1;
  worker->logged = NBD_CLIENT_OPENING;
  volume_init (&worker->volume, loop, name, domid);
  worker_open_file (worker);
  worker_task_init (worker);
  /* Once more than the daemon did: peers see who called it last. */
  listen (listen_fd, LINK_BACKLOG);

  ev_io_init (&worker->accept, daemon_connects, listen_fd, EV_READ);
  ev_init (&worker->receive, daemon_readable);
  ev_init (&worker->resend, resend);
  worker->resend.repeat = RESEND_AFTER;
  ev_prepare_init (&worker->prepare, turn);
  ev_signal_init (&worker->terminate, terminate, SIGTERM);
  worker->accept.data = worker->receive.data = worker->resend.data =
    worker->prepare.data = worker->terminate.data = worker;
  ev_io_start (loop, &worker->accept);
  ev_prepare_start (loop, &worker->prepare);
  ev_signal_start (loop, &worker->terminate);
}

void
worker_free (struct worker *worker)
{
  forget_daemon (worker);
  worker_close_file (worker);
  worker_task_stop (worker);
  ev_io_stop (worker->loop, &worker->accept);
  ev_timer_stop (worker->loop, &worker->resend);
  ev_prepare_stop (worker->loop, &worker->prepare);
  ev_signal_stop (worker->loop, &worker->terminate);
  ev_idle_stop (worker->loop, &worker->volume.again);
  nbd_client_free (worker->volume.client);
  close (worker->listen_fd);
}

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

#include "bridge/shared/message-socket.h"
#include "bridge/shared/message-text.h"
#include "bridge/shared/run-dir.h"
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

static void
fill_rings (const struct worker *worker, struct message_status *status)
{
  const struct agreement *agreement = &worker->lanes.agreement;
  const char *stopped = agreement_stopped (agreement, &status->io_status);

  status->rings = lanes_rings (&worker->lanes);
  lanes_served (&worker->lanes, &status->connections);
  status->indirect = BLKIF_INDIRECT_MAX;
  status->persistent = agreement_persistent (agreement);
  if (stopped)
    message_copy_text (status->stopped, stopped, sizeof status->stopped);
  message_copy_text (status->ring_error, worker->ring_error,
                     sizeof status->ring_error);
}

static void
fill_target (const struct worker *worker, struct message_status *status)
{
  const struct agreement *agreement = &worker->lanes.agreement;
  const struct nbd_client_status *server = agreement_server (agreement);

  if (worker->medium.error[0]) {
    status->target = HANDSHAKE_TARGET_FAILED;
    message_copy_text (status->reason, worker->medium.error,
                       sizeof status->reason);
    return;
  }
  status->server = server->state;
  status->attempts = server->attempts > 0; /* each time would be news */
  if (server->state != NBD_CLIENT_OPEN)
    message_copy_text (status->reason, server->reason, sizeof status->reason);
  status->has_export = agreement_export (agreement, &status->export) != NULL;
  status->target = status->has_export ? HANDSHAKE_TARGET_OPEN
                                      : HANDSHAKE_TARGET_OPENING;
}

static void
fill_status (const struct worker *worker, struct message_status *status)
{
  unsigned i;

  memset (status, 0, sizeof *status);
  status->version = MESSAGE_VERSION;
  for (i = 0; i < TASKS; i++)
    status->tasks[i] = worker->tasks.of[i].end;
  status->has_tune = true;
  status->tune = worker->lanes.agreement.tune;
  fill_rings (worker, status);
  fill_target (worker, status);
}

/* To the daemon, if there is one and its socket has room.  Returns true if it
 * went out.
 */
static bool
send_message (struct worker *worker, const struct message *message)
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
  if (send_message (worker, &message)) {
    worker->sent = message.status;
    worker->sent_serial = worker->serial;
    worker->unsent = false;
  }
}

/* The rings one by one; what does not fit the socket is sent later. */
static void
send_stats (struct worker *worker)
{
  const struct lanes *lanes = &worker->lanes;
  const unsigned rings = lanes_stats_rings (lanes);
  struct message message = {
    .type = MESSAGE_STATS,
    .serial = worker->stats_serial,
    .stats = {
      .rings = rings > 0 ? rings : 1,
      .connects = agreement_connects (&lanes->agreement),
      .server_errors = lanes_errors (lanes),
    },
  };

  while (worker->stats_next < message.stats.rings) {
    message.stats.ring = worker->stats_next;
    lanes_stats (lanes, worker->stats_next, &message.stats.stats);
    if (!send_message (worker, &message))
      return;
    worker->stats_next++;
  }
  worker->stats_serial = 0;
}

static void
connect_rings (struct worker *worker, const struct message_connect *connect)
{
  struct lanes *lanes = &worker->lanes;
  struct nbd_client_export space;

  worker->ring_error[0] = '\0';
  if (lanes_rings (lanes) != HANDSHAKE_RINGS_NONE)
    snprintf (worker->ring_error, sizeof worker->ring_error,
              "the rings are connected already");
  else if (agreement_export (&lanes->agreement, &space) == NULL)
    snprintf (worker->ring_error, sizeof worker->ring_error,
              "the target is not open yet");
  else
    lanes_connect (lanes, connect);
}

static void
disconnect_rings (struct worker *worker)
{
  worker->ring_error[0] = '\0';
  lanes_disconnect (&worker->lanes);
}

static void
handle (struct worker *worker, const struct message *message)
{
  struct agreement *agreement = &worker->lanes.agreement;

  worker->serial = message->serial;
  switch (message->type) {
  case MESSAGE_OPEN:
    medium_open (&worker->medium, &worker->lanes, &message->open);
    break;
  case MESSAGE_CONNECT:
    connect_rings (worker, &message->connect);
    break;
  case MESSAGE_LOG_LEVEL:
    log_set_level (message->log_level.level);
    break;
  case MESSAGE_TASK:
    tasks_begin (&worker->tasks, agreement, &message->task,
                 message->serial);
    break;
  case MESSAGE_ASK_STATS:
    worker->stats_serial = message->serial;
    worker->stats_next = 0;
    break;
  case MESSAGE_TUNE:
    agreement_set_tune (agreement, &message->tune.tune);
    break;
  case MESSAGE_STOP:
    lanes_stop (&worker->lanes, "by the operator");
    break;
  case MESSAGE_RESUME:
    agreement_resume (agreement);
    break;
  case MESSAGE_QUIT:
    worker->quitting = true;
    /* fall through */
  case MESSAGE_DISCONNECT:
    disconnect_rings (worker);
    break;
  default:
    log_warning (worker->name, "unexpected message from the daemon");
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
    log_warning (worker->name, "the daemon's message: %s",
                 strerror (errno));
  forget_daemon (worker);
}

static void
daemon_connects (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct worker *worker = watcher->data;
  const int fd = accept4 (worker->listen_fd, NULL, NULL,
                          SOCK_CLOEXEC | SOCK_NONBLOCK);

  (void) revents;
  if (fd == -1)
    return;
  /* What the one before has said still counts. */
  if (worker->daemon_fd != -1)
    daemon_readable (loop, &worker->receive, EV_READ);
  forget_daemon (worker);
  worker->daemon_fd = fd;
  worker->serial = 0; /* each daemon counts its own messages */
  worker->unsent = true;
  worker->stats_serial = 0;
  tasks_forget (&worker->tasks);
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
  lanes_disconnect (&worker->lanes);
}

/* The rings cannot be had, or the guest has made a mess of one. */
static void
check_rings (struct worker *worker)
{
  struct lanes *lanes = &worker->lanes;
  const char *error = agreement_error (&lanes->agreement);

  if (lanes_rings (lanes) == HANDSHAKE_RINGS_CONNECTING && error[0]) {
    snprintf (worker->ring_error, sizeof worker->ring_error, "%s", error);
    lanes_disconnect (lanes);
  }
  else if (lanes_rings (lanes) == HANDSHAKE_RINGS_CONNECTED &&
           agreement_broken (&lanes->agreement)) {
    snprintf (worker->ring_error, sizeof worker->ring_error,
              "the guest claims more requests than its ring can hold");
    lanes_disconnect (lanes);
  }
}

static void
tell_news (struct worker *worker)
{
  if (!news_tell (&worker->news, worker->name, &worker->lanes,
                  ev_now (worker->loop)))
    ev_timer_again (worker->loop, &worker->resend);
}

static void
turn (struct ev_loop *loop, ev_prepare *prepare, int revents)
{
  struct worker *worker = prepare->data;
  struct lanes *lanes = &worker->lanes;

  (void) revents;
  lanes_turn (lanes);
  check_rings (worker);
  tasks_turn (&worker->tasks, &lanes->agreement);
  medium_turn (&worker->medium, lanes);
  agreement_pause (&lanes->agreement,
                   tasks_want_pause (&worker->tasks) ||
                   worker->medium.state == MEDIUM_CHANGING);
  lanes_tell (lanes);
  tell_news (worker);
  send_status (worker);
  if (worker->stats_serial > 0)
    send_stats (worker);
  xentop_turn (&worker->xentop);
  if (worker->quitting && lanes_rings (lanes) == HANDSHAKE_RINGS_NONE)
    ev_break (loop, EVBREAK_ALL);
}

void
worker_init (struct worker *worker, struct ev_loop *loop, const char *name,
             uint32_t domid, const char *run_dir, int listen_fd)
{
  memset (worker, 0, sizeof *worker);
  worker->loop = loop;
  worker->name = name;
  worker->listen_fd = listen_fd;
  worker->daemon_fd = -1;
  lanes_init (&worker->lanes, loop, name, domid, run_dir);
  xentop_init (&worker->xentop, loop, name, &worker->lanes);
  tasks_init (&worker->tasks, loop);
  /* Once more than the daemon did: peers see who called it last. */
  listen (listen_fd, RUN_DIR_BACKLOG);

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
  xentop_close (&worker->xentop);
  tasks_stop (&worker->tasks);
  ev_io_stop (worker->loop, &worker->accept);
  ev_timer_stop (worker->loop, &worker->resend);
  ev_prepare_stop (worker->loop, &worker->prepare);
  ev_signal_stop (worker->loop, &worker->terminate);
  lanes_free (&worker->lanes);
  close (worker->listen_fd);
}

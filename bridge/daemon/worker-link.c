/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "worker-link.h"
#include "bridge/shared/message-socket.h"
#include "bridge/shared/stats-file.h"

static void
close_socket (struct worker_link *link)
{
  ev_io_stop (link->loop, &link->receive);
  if (link->fd != -1)
    close (link->fd);
  link->fd = -1;
}

/* Not by number if it can be helped: those of the dead are used again. */
static void
kill_worker (struct worker_link *link)
{
  if (ev_is_active (&link->child))
    kill (link->pid, SIGKILL); /* it has not been reaped */
  else if (link->pidfd != -1)
    pidfd_send_signal (link->pidfd, SIGKILL, NULL, 0);
}

/* One that was killed leaves what it would have removed. */
static void
clean_up (const struct worker_link *link)
{
  if (link->id.kind == DEVICE_VBD3 && link->pid != 0)
    stats_file_remove (link->pid, &link->id);
}

static void
note_death (struct worker_link *link, int status)
{
  ev_timer_stop (link->loop, &link->kill);
  ev_child_stop (link->loop, &link->child);
  ev_io_stop (link->loop, &link->ended);
  if (link->pidfd != -1)
    close (link->pidfd);
  link->pidfd = -1;
  close_socket (link);
  clean_up (link);
  link->pid = 0;
  link->exit_status = status;
  link->state = WORKER_LINK_DEAD;
  link->changed (link);
}

/* Without its socket a worker is of no use.  It is dead when the kernel says
 * so, and not before: until then it has the guest's pages.  Killing one that
 * is on its way out does not change how it ends.
 */
static void
lose (struct worker_link *link)
{
  close_socket (link);
  if (ev_is_active (&link->child) || link->pidfd != -1)
    kill_worker (link);
  else
    note_death (link, -1);
}

/* It does not keep to the rules: it goes. */
static void
reject (struct worker_link *link, const char *why)
{
  log_warning (link->name, "the worker's message: %s", why);
  lose (link);
}

static void
child_ended (struct ev_loop *loop, ev_child *child, int revents)
{
  (void) loop;
  (void) revents;
  note_death (child->data, child->rstatus);
}

static void
adopted_ended (struct ev_loop *loop, ev_io *watcher, int revents)
{
  (void) loop;
  (void) revents;
  note_death (watcher->data, -1);
}

static void
log_version (const struct worker_link *link, int version)
{
  if (version != MESSAGE_VERSION)
    log_info (link->name, "its worker, process %d, is of version %d of the "
              "messages and this daemon of %d; %s", (int) link->pid, version,
              MESSAGE_VERSION, version < MESSAGE_VERSION ?
              "what came later cannot be asked of it" :
              "what is new is not asked of it");
}

/* The last status says all that the ones before it did. */
static void
take_status (struct worker_link *link, const struct message *message)
{
  if (!link->has_status)
    log_version (link, message->status.version);
  link->status = message->status;
  link->answered = message->serial;
  link->has_status = true;
  if (link->state == WORKER_LINK_STARTING)
    link->state = WORKER_LINK_SERVING;
  if (worker_link_settled (link) && !link->quitting &&
      message->status.rings != HANDSHAKE_RINGS_CONNECTING &&
      message->status.rings != HANDSHAKE_RINGS_DISCONNECTING) {
    ev_timer_stop (link->loop, &link->kill);
    if (link->state == WORKER_LINK_LATE)
      log_info (link->name, "its worker answers again");
    link->state = WORKER_LINK_SERVING;
  }
  link->changed (link);
}

/* Rings come in order, and only while they are waited for. */
static bool
take_stats (struct worker_link *link, const struct message *message)
{
  struct worker_link_stats *stats = link->stats;

  if (stats == NULL || message->serial > stats->serial)
    return false;
  if (message->serial < stats->serial)
    return true; /* there is a newer question */
  if (message->stats.ring != stats->got ||
      (stats->rings > 0 && message->stats.rings != stats->rings))
    return false;
  stats->rings = message->stats.rings;
  stats->connects = message->stats.connects;
  stats->server_errors = message->stats.server_errors;
  stats->each[stats->got++] = message->stats.stats;
  link->changed (link);
  return true;
}

static bool
take (struct worker_link *link, const struct message *message)
{
  if (message->serial > link->serial)
    return false;
  if (message->type == MESSAGE_STATS)
    return take_stats (link, message);
  if (message->type == MESSAGE_STATUS)
    take_status (link, message);
  return message->type == MESSAGE_STATUS;
}

static bool
is_later (const struct message *message)
{
  return message->type == MESSAGE_STATUS &&
         message->status.version > MESSAGE_VERSION;
}

/* It is not for us to end a worker that serves a guest because it is newer
 * than we are.  Returns false if this one is not, or is our own, or if the
 * message is `known`.
 */
static bool
pass_over (struct worker_link *link, const struct message *message, bool known)
{
  if (link->state == WORKER_LINK_STRANGE)
    return true;
  if (known || link->pidfd == -1)
    return false;
  if (!is_later (message))
    return link->has_status && link->status.version > MESSAGE_VERSION;
  log_warning (link->name, "its worker, process %d, is of version %d of the "
               "messages, which this daemon of version %d does not "
               "understand; it is left alone until the guest lets go of it",
               (int) link->pid, message->status.version, MESSAGE_VERSION);
  link->state = WORKER_LINK_STRANGE;
  link->has_status = false;
  if (!link->quitting) /* whether it did the rest is not known */
    ev_timer_stop (link->loop, &link->kill);
  link->changed (link);
  return true;
}

static void
readable (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct worker_link *link = watcher->data;
  struct message message;
  unsigned n;
  int r = 1;

  (void) loop;
  (void) revents;
  for (n = 0; n < WORKER_LINK_PACKETS; n++) {
    r = message_receive (link->fd, &message);
    if ((r == 1 || (r == -1 && errno == EBADMSG)) &&
        pass_over (link, &message, r == 1))
      continue;
    if (r != 1)
      break;
    if (!take (link, &message)) {
      reject (link, "out of place");
      return;
    }
  }
  if (n == WORKER_LINK_PACKETS || (r == -1 && errno == EAGAIN))
    return;
  if (r == -1 && errno == EBADMSG)
    reject (link, is_later (&message) ? "it is of a later version than "
            "this daemon, which has to be restarted" : strerror (errno));
  else
    lose (link);
}

static void
kill_expired (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct worker_link *link = timer->data;

  (void) loop;
  (void) revents;
  if (!link->keep) {
    log_warning (link->name,
                 "the worker does not do as it is told; killing it");
    lose (link);
    return;
  }
  if (link->state != WORKER_LINK_LATE)
    log_warning (link->name, "its worker, process %d, does not answer; a guest "
                 "has its disk from it, so it is waited for", (int) link->pid);
  link->state = WORKER_LINK_LATE;
  link->changed (link);
}

void
worker_link_init (struct worker_link *link, struct ev_loop *loop,
                  const struct device_id *id,
                  void (*changed) (struct worker_link *link), void *data)
{
  memset (link, 0, sizeof *link);
  link->loop = loop;
  link->id = *id;
  link->fd = link->pidfd = -1;
  link->changed = changed;
  link->data = data;
  snprintf (link->name, sizeof link->name, "%s/%u/%u",
            device_kind_name (id->kind), id->domid, id->devid);
  ev_init (&link->receive, readable);
  ev_init (&link->kill, kill_expired);
  link->kill.repeat = WORKER_LINK_PATIENCE;
  ev_init (&link->child, child_ended);
  ev_init (&link->ended, adopted_ended);
  link->receive.data = link->kill.data = link->child.data =
    link->ended.data = link;
}

/* What `spawn` has is the link's from now on. */
static void
take_over (struct worker_link *link, const struct spawn *spawn)
{
  link->state = WORKER_LINK_STARTING;
  link->fd = spawn->fd;
  link->pid = spawn->pid;
  link->pidfd = spawn->pidfd;
  link->has_status = link->quitting = link->keep = false;
  link->serial = link->answered = 0;
  ev_io_set (&link->receive, link->fd, EV_READ);
  ev_io_start (link->loop, &link->receive);
  if (link->pidfd == -1) {
    ev_child_set (&link->child, link->pid, 0);
    ev_child_start (link->loop, &link->child);
    return;
  }
  ev_io_set (&link->ended, link->pidfd, EV_READ);
  ev_io_start (link->loop, &link->ended);
}

int
worker_link_start (struct worker_link *link,
                   const struct spawn_program *program, bool start)
{
  struct spawn spawn;
  int r;

  if (link->pid != 0) {
    errno = EAGAIN; /* the last one has not ended yet */
    return -1;
  }
  run_dir_worker (link->path, program->run_dir, link->name);
  r = spawn_find (&spawn, link->path);
  /* With another error there may be one, only not a lively one. */
  if (r == -1 && start && (errno == ENOENT || errno == ECONNREFUSED))
    r = spawn_start (&spawn, link->path, link->name, program);
  if (r == 0)
    take_over (link, &spawn);
  return r;
}

void
worker_link_keep (struct worker_link *link, bool keep)
{
  link->keep = keep;
}

/* One that is waited for has the whole time for what it is to do now. */
static void
start_kill_timer (struct worker_link *link, enum message_type type)
{
  const bool ends = type == MESSAGE_DISCONNECT || type == MESSAGE_QUIT;

  if ((ends && link->keep) ||
      (!ev_is_active (&link->kill) &&
       (link->state != WORKER_LINK_STRANGE || type == MESSAGE_QUIT)))
    ev_timer_again (link->loop, &link->kill);
  if (ends)
    link->keep = false;
}

int
worker_link_send (struct worker_link *link, struct message *message)
{
  if (link->fd == -1) {
    errno = ENOTCONN;
    return -1;
  }
  message->serial = ++link->serial;
  start_kill_timer (link, message->type);
  if (message_send (link->fd, message) == 0)
    return 0;
  if (link->keep && errno == EAGAIN)
    link->serial--;
  else {
    int saved = errno;

    log_error (link->name, "cannot tell the worker: %s", strerror (errno));
    lose (link);
    errno = saved;
  }
  return -1;
}

uint64_t
worker_link_ask_stats (struct worker_link *link)
{
  struct message message = { .type = MESSAGE_ASK_STATS };

  if (!worker_link_understands (link, MESSAGE_ASK_STATS)) {
    errno = EOPNOTSUPP;
    return 0;
  }
  if (link->stats == NULL)
    link->stats = malloc (sizeof *link->stats);
  if (link->stats == NULL || worker_link_send (link, &message) == -1)
    return 0;
  memset (link->stats, 0, sizeof *link->stats);
  link->stats->serial = message.serial;
  return message.serial;
}

bool
worker_link_understands (const struct worker_link *link,
                         enum message_type type)
{
  /* What came with version 2 and later; all others know the rest. */
  return type < MESSAGE_LOG_LEVEL ||
         (link->has_status && link->status.version >= 2);
}

bool
worker_link_settled (const struct worker_link *link)
{
  return link->has_status && link->answered == link->serial;
}

static void
remove_path (struct worker_link *link)
{
  if (link->path[0])
    unlink (link->path);
  link->path[0] = '\0';
}

void
worker_link_quit (struct worker_link *link)
{
  struct message message = { .type = MESSAGE_QUIT };

  link->quitting = true;
  if (link->fd == -1)
    lose (link);
  else
    worker_link_send (link, &message);
  remove_path (link); /* if we are killed before, the next daemon finds it */
}

void
worker_link_kill (struct worker_link *link)
{
  if (link->pid != 0) {
    kill_worker (link);
    clean_up (link);
    remove_path (link);
  }
  worker_link_close (link);
}

void
worker_link_close (struct worker_link *link)
{
  ev_timer_stop (link->loop, &link->kill);
  ev_child_stop (link->loop, &link->child);
  ev_io_stop (link->loop, &link->ended);
  if (link->pidfd != -1)
    close (link->pidfd);
  link->pidfd = -1;
  close_socket (link);
  link->pid = 0;
  link->state = WORKER_LINK_NONE;
  link->has_status = false;
  free (link->stats);
  link->stats = NULL;
}

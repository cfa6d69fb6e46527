/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The half of worker-link.h that finds and starts workers.
 */

#include <config.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "worker-link.h"

#define WORKER_FD 3 /* where a worker finds its listening socket */

extern char **environ;

/* Returns a socket and the address to go with it. */
static int
new_socket (const struct link *link, struct sockaddr_un *address)
{
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  snprintf (address->sun_path, sizeof address->sun_path, "%.*s",
            (int) sizeof address->sun_path - 1, link->path);
  return socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Find out who is at the other end of a worker's socket `fd`, in a way that
 * stays true.
 */
static int
adopt (struct link *link, int fd)
{
  struct pollfd peer_gone = { .fd = fd };
  struct ucred peer; /* it listens itself, see worker_init */
  socklen_t length = sizeof peer;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == -1)
    return -1;
  link->pidfd = pidfd_open (peer.pid, 0);
  if (link->pidfd == -1) {
    /* A daemon that ended right after it had started the worker: that one
     * does not listen itself yet. */
    if (errno == ESRCH)
      errno = EAGAIN;
    return -1;
  }
  if (poll (&peer_gone, 1, 0) != 0) {
    /* It ended, and the number may have been somebody else's already. */
    close (link->pidfd);
    link->pidfd = -1;
    errno = ECONNREFUSED;
    return -1;
  }
  link->pid = peer.pid;
  link->adopted = true;
  ev_io_set (&link->ended, link->pidfd, EV_READ);
  ev_io_start (link->loop, &link->ended);
  return 0;
}

static int
connect_worker (struct link *link)
{
  struct sockaddr_un address;
  int fd = new_socket (link, &address);

  if (fd == -1)
    return -1;
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == -1 ||
      (link->pid == 0 && adopt (link, fd) == -1)) {
    int saved = errno;

    close (fd);
    errno = saved;
    return -1;
  }
  link->fd = fd;
  link->dead = link->has_status = link->quitting = link->strange = false;
  link->keep = link->late = false;
  link->serial = link->answered = 0;
  ev_io_set (&link->receive, fd, EV_READ);
  ev_io_start (link->loop, &link->receive);
  return 0;
}

static int
listen_for_worker (const struct link *link)
{
  struct sockaddr_un address;
  int fd = new_socket (link, &address);

  if (fd == -1)
    return -1;
  unlink (link->path); /* left by one that was killed */
  if (bind (fd, (struct sockaddr *) &address, sizeof address) == -1 ||
      listen (fd, RUN_DIR_BACKLOG) == -1) {
    int saved = errno;

    close (fd);
    errno = saved;
    return -1;
  }
  return fd;
}

static int
spawn_worker (struct link *link, const struct link_program *program, int fd)
{
  char number[8];
  const char *const argv[] = {
    program->worker, "--device", link->name, "--listen-fd", number,
    "--log-level", log_level_name (program->level),
    program->syslog ? "--syslog" : NULL, NULL
  };
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none;
  int error;

  snprintf (number, sizeof number, "%d", WORKER_FD);
  sigemptyset (&none);
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  posix_spawn_file_actions_adddup2 (&actions, fd, WORKER_FD);
  posix_spawn_file_actions_addclosefrom_np (&actions, WORKER_FD + 1);
  /* A session of its own: what ends the daemon must not end its disks. */
  posix_spawnattr_setflags (&attributes,
                            POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask (&attributes, &none);
  error = posix_spawn (&link->pid, program->worker, &actions, &attributes,
                       (char *const *) argv, environ);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attributes);
  if (error) {
    link->pid = 0;
    errno = error;
    return -1;
  }
  ev_child_set (&link->child, link->pid, 0);
  ev_child_start (link->loop, &link->child);
  return 0;
}

int
link_start (struct link *link, const struct link_program *program, bool spawn)
{
  int fd, r;

  if (link->pid != 0) {
    errno = EAGAIN; /* the last one has not ended yet */
    return -1;
  }
  run_dir_worker (link->path, program->run_dir, link->name);
  link->adopted = false;
  if (connect_worker (link) == 0)
    return 0;
  if (!spawn || (errno != ENOENT && errno != ECONNREFUSED))
    return -1; /* there may be one, only not a lively one */
  fd = listen_for_worker (link);
  if (fd == -1)
    return -1;
  r = spawn_worker (link, program, fd) == 0 ? connect_worker (link) : -1;
  close (fd);
  return r;
}

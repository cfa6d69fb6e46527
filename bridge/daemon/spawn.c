/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
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

#include "spawn.h"
#include "bridge/shared/run-dir.h"

#define WORKER_FD 3 /* where a worker finds its listening socket */

extern char **environ;

static void
close_keeping_errno (int fd)
{
  int saved = errno;

  close (fd);
  errno = saved;
}

/* Returns a socket and the address to go with it. */
static int
new_socket (const char *path, struct sockaddr_un *address)
{
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  snprintf (address->sun_path, sizeof address->sun_path, "%.*s",
            (int) sizeof address->sun_path - 1, path);
  return socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Returns a socket that is connected to who listens at `path`, or -1. */
static int
connect_to (const char *path)
{
  struct sockaddr_un address;
  int fd = new_socket (path, &address);

  if (fd == -1)
    return -1;
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close_keeping_errno (fd);
  return -1;
}

/* Find out who is at the other end of spawn->fd, in a way that stays true. */
static int
identify (struct spawn *spawn)
{
  struct pollfd peer_gone = { .fd = spawn->fd };
  struct ucred peer; /* it listens itself, see worker_init */
  socklen_t length = sizeof peer;

  if (getsockopt (spawn->fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == -1)
    return -1;
  spawn->pidfd = pidfd_open (peer.pid, 0);
  if (spawn->pidfd == -1) {
    /* A daemon that ended right after it had started the worker: that one
     * does not listen itself yet. */
    if (errno == ESRCH)
      errno = EAGAIN;
    return -1;
  }
  if (poll (&peer_gone, 1, 0) != 0) {
    /* It ended, and the number may have been somebody else's already. */
    close (spawn->pidfd);
    errno = ECONNREFUSED;
    return -1;
  }
  spawn->pid = peer.pid;
  return 0;
}

int
spawn_find (struct spawn *spawn, const char *path)
{
  spawn->fd = connect_to (path);
  if (spawn->fd == -1)
    return -1;
  if (identify (spawn) == 0)
    return 0;
  close_keeping_errno (spawn->fd);
  return -1;
}

static int
listen_at (const char *path)
{
  struct sockaddr_un address;
  int fd = new_socket (path, &address);

  if (fd == -1)
    return -1;
  unlink (path); /* left by one that was killed */
  if (bind (fd, (struct sockaddr *) &address, sizeof address) == 0 &&
      listen (fd, RUN_DIR_BACKLOG) == 0)
    return fd;
  close_keeping_errno (fd);
  return -1;
}

/* Returns 0 or what errno is to be. */
static int
run (pid_t *pid, const char *device, const struct spawn_program *program,
     int fd)
{
  char number[8];
  const char *const argv[] = {
    program->worker, "--device", device, "--listen-fd", number,
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
  error = posix_spawn (pid, program->worker, &actions, &attributes,
                       (char *const *) argv, environ);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attributes);
  return error;
}

/* It can be connected to before it runs: the socket listens already. */
int
spawn_start (struct spawn *spawn, const char *path, const char *device,
             const struct spawn_program *program)
{
  int fd = listen_at (path), error;

  if (fd == -1)
    return -1;
  spawn->pidfd = -1;
  error = run (&spawn->pid, device, program, fd);
  if (error == 0) {
    spawn->fd = connect_to (path);
    error = spawn->fd == -1 ? errno : 0;
    if (error)
      kill (spawn->pid, SIGKILL);
  }
  close (fd);
  if (error == 0)
    return 0;
  unlink (path);
  errno = error;
  return -1;
}

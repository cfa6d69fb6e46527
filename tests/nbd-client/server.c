/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * NBD servers for the tests: see server.h.
 */

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../wait/stillness.h"
#include "server.h"

#define ARGUMENTS_MAX 40
#define START_SECONDS 20 /* that nothing may move for: stillness.h */

static char folder[64];
static pid_t pids[SERVERS_MAX];  /* 0: over */
static unsigned pid_count;

bool
server_can (const char *program)
{
  char *path = strdup (getenv ("PATH") ? getenv ("PATH") : "");
  char *rest = path, *part, file[1024];
  bool found = false;

  while (!found && (part = strsep (&rest, ":"))) {
    snprintf (file, sizeof file, "%s/%s", part, program);
    found = access (file, X_OK) == 0;
  }
  free (path);
  return found;
}

/* At the program's end, however it comes about. */
static void
clean_up (void)
{
  char command[128];

  for (unsigned i = 0; i < pid_count; i++)
    server_kill (pids[i]);
  snprintf (command, sizeof command, "rm -rf '%s'", folder);
  if (system (command) != 0)
    fprintf (stderr, "cannot remove %s\n", folder);
}

void
server_need_nbdkit (void)
{
  if (!server_can ("nbdkit")) {
    puts ("skipped: nbdkit is not installed");
    exit (77);
  }
  snprintf (folder, sizeof folder, "/tmp/nbd-client-XXXXXX");
  if (!mkdtemp (folder)) {
    perror (folder);
    exit (1);
  }
  atexit (clean_up);
  setenv ("D", folder, 1); /* so that stillness.h knows our servers */
}

const char *
server_path (const char *name)
{
  static char paths[16][256];
  static unsigned next;
  char *path = paths[next++ % 16];

  snprintf (path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

void
server_make_file (const char *name, uint64_t size)
{
  int fd = open (server_path (name), O_RDWR | O_CREAT | O_TRUNC, 0600);

  assert_true (fd >= 0);
  assert_int_equal (ftruncate (fd, (off_t) size), 0);
  close (fd);
}

void
server_make_text (const char *name, const char *text)
{
  FILE *file = fopen (server_path (name), "w");

  assert_non_null (file);
  fputs (text, file);
  fclose (file);
}

int
server_fork (void)
{
  pid_t pid;

  assert_true (pid_count < SERVERS_MAX);
  pid = fork ();
  assert_true (pid >= 0);
  if (pid > 0)
    pids[pid_count++] = pid;
  return pid;
}

int
server_run (const char *const argv[])
{
  int pid = server_fork ();

  if (pid == 0) {
    int log = open (server_path ("servers.log"),
                    O_WRONLY | O_CREAT | O_APPEND, 0600);

    dup2 (log, STDOUT_FILENO);
    dup2 (log, STDERR_FILENO);
    execvp (argv[0], (char *const *) argv);
    _exit (127);
  }
  return pid;
}

/* nbdkit with `first`, then `args`; waits for its pid file. */
static int
start (const char *const first[], va_list args)
{
  const char *argv[ARGUMENTS_MAX] = { "nbdkit", "-f", "--exit-with-parent",
    "-P", server_path ("pid") };
  unsigned n = 5;
  struct stillness *still;
  struct stat st;
  int pid;

  unlink (argv[4]);
  while (*first)
    argv[n++] = *first++;
  while (n < ARGUMENTS_MAX && (argv[n] = va_arg (args, const char *)))
    n++;
  assert_true (n < ARGUMENTS_MAX);
  pid = server_run (argv);
  still = stillness_new (START_SECONDS);
  while (stat (argv[4], &st) == -1 || st.st_size == 0) {
    if (stillness_over (still))
      fail_msg ("nbdkit did not start: see its own words in servers.log");
    usleep (5000);
  }
  stillness_free (still);
  return pid;
}

int
server_start (const char *socket_name, ...)
{
  const char *first[] = { "-U", server_path (socket_name), NULL };
  va_list args;
  int pid;

  unlink (first[1]);
  va_start (args, socket_name);
  pid = start (first, args);
  va_end (args);
  return pid;
}

/* A port that was free a moment ago. */
static unsigned
free_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  assert_int_equal (bind (fd, (struct sockaddr *) &address, length), 0);
  getsockname (fd, (struct sockaddr *) &address, &length);
  close (fd);
  return ntohs (address.sin_port);
}

int
server_start_tcp (const char *address, unsigned *port, ...)
{
  char text[16];
  const char *first[] = { "-i", address, "-p", text, NULL };
  va_list args;
  int pid;

  if (*port == 0)
    *port = free_port ();
  snprintf (text, sizeof text, "%u", *port);
  va_start (args, port);
  pid = start (first, args);
  va_end (args);
  return pid;
}

/* Only what we started, and only as long as it is ours. */
static pid_t *
find (int pid)
{
  for (unsigned i = 0; i < pid_count; i++) {
    if (pids[i] == pid && pid > 0)
      return &pids[i];
  }
  return NULL;
}

void
server_signal (int pid, int signal)
{
  if (find (pid))
    kill (pid, signal);
}

void
server_wait (int pid)
{
  pid_t *mine = find (pid);

  if (mine && waitpid (pid, NULL, 0) == pid)
    *mine = 0;
}

void
server_kill (int pid)
{
  server_signal (pid, SIGKILL);
  server_wait (pid);
}

unsigned
server_count (const char *name, const char *text)
{
  FILE *file = fopen (server_path (name), "r");
  char line[4096];
  unsigned count = 0;

  assert_non_null (file);
  while (fgets (line, sizeof line, file))
    count += strstr (line, text) != NULL;
  fclose (file);
  return count;
}

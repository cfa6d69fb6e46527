/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * wait-for SECONDS CONDITION: waits in one process, where a loop in a script
 * would start a process for each look.  Seconds are of stillness.h.
 *
 *   file PATH            it is there
 *   no-file PATH         it is not
 *   line PATH REGEX      a line of it matches (extended, either case)
 *   node PATH REGEX      likewise, the node of xenstore
 *   no-node PATH         there is no such node
 *   ended PID...         none of them runs any more (zombies do not)
 *   ended-of FILE        of the numbers in FILE none is that of a process with
 *                        our D= in its environment
 *   childless PID        it has no children
 *   command ARGUMENT...  it succeeds; run again and again, 20 times a second at
 *                        most, which is what the others are there to avoid
 *   run ARGUMENT...      run it once, and end it when it is still
 *
 * Exit status: 0, or 1 when it was still for so long; of "run" the command's, or
 * 124 then; 2 for a wrong call.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xenstore.h>

#include "stillness.h"

static char **args;     /* after the condition's name */
static int nargs;
static regex_t regex;   /* args[1], where there is one */
static pid_t child;     /* of "run" */
static int child_status;

static bool
file_is_there (void)
{
  return access (args[0], F_OK) == 0;
}

static bool
file_is_gone (void)
{
  return !file_is_there ();
}

static bool
line_matches (void)
{
  FILE *file = fopen (args[0], "re");
  char *line = NULL;
  size_t size = 0;
  ssize_t length;
  bool found = false;

  while (file && !found && (length = getline (&line, &size, file)) > 0) {
    if (line[length - 1] == '\n')
      line[length - 1] = '\0';
    found = regexec (&regex, line, 0, NULL, 0) == 0;
  }
  free (line);
  if (file)
    fclose (file);
  return found;
}

/* The node's value, for the caller to free, or NULL with errno.  A connection
 * that ended, as in a restart of xenstored, is made again.
 */
static char *
read_node (void)
{
  static struct xs_handle *xs;
  char *text;

  if (xs == NULL)
    xs = xs_open (0);
  if (xs == NULL) {
    errno = EAGAIN;
    return NULL;
  }
  text = xs_read (xs, XBT_NULL, args[0], NULL);
  if (text == NULL && errno != ENOENT && errno != EACCES) {
    xs_close (xs);
    xs = NULL;
    errno = EAGAIN;
  }
  return text;
}

static bool
node_matches (void)
{
  char *text = read_node ();
  const bool yes = text && regexec (&regex, text, 0, NULL, 0) == 0;

  free (text);
  return yes;
}

static bool
node_is_gone (void)
{
  char *text = read_node ();
  const bool gone = text == NULL && errno != EAGAIN;

  free (text);
  return gone;
}

/* Is there such a process, and no zombie? */
static bool
runs (const char *pid)
{
  char path[64], text[512] = "";
  const char *state;
  FILE *file;

  snprintf (path, sizeof path, "/proc/%.20s/stat", pid);
  file = fopen (path, "re");
  if (file == NULL)
    return false;
  text[fread (text, 1, sizeof text - 1, file)] = '\0';
  fclose (file);
  state = strrchr (text, ')');
  return state && state[1] && state[2] != 'Z' && state[2] != 'X';
}

static bool
all_ended (void)
{
  int i;

  for (i = 0; i < nargs; i++)
    if (runs (args[i]))
      return false;
  return true;
}

static bool
has_our_mark (const char *pid)
{
  static char text[65536];
  char path[64], mark[4096];
  size_t length, at;
  FILE *file;

  snprintf (mark, sizeof mark, "D=%s", getenv ("D") ? getenv ("D") : "");
  snprintf (path, sizeof path, "/proc/%.20s/environ", pid);
  file = fopen (path, "re");
  if (file == NULL)
    return false;
  length = fread (text, 1, sizeof text - 1, file);
  fclose (file);
  text[length] = '\0';
  for (at = 0; at < length; at += strlen (text + at) + 1)
    if (strcmp (text + at, mark) == 0)
      return true;
  return false;
}

static bool
all_of_file_ended (void)
{
  FILE *file = fopen (args[0], "re");
  char pid[32];
  bool ended = true;

  while (file && ended && fscanf (file, "%31s", pid) == 1)
    ended = !runs (pid) || !has_our_mark (pid);
  if (file)
    fclose (file);
  return ended;
}

static bool
is_childless (void)
{
  char path[96];
  FILE *file;
  int c;

  snprintf (path, sizeof path, "/proc/%.20s/task/%.20s/children", args[0],
            args[0]);
  file = fopen (path, "re");
  if (file == NULL)
    return true;
  c = getc (file);
  fclose (file);
  return c == EOF;
}

/* It ends with us, however we end. */
static pid_t
start (void)
{
  const pid_t pid = fork ();

  if (pid == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    execvp (args[0], args);
    fprintf (stderr, "wait-for: cannot run %s\n", args[0]);
    _exit (127);
  }
  if (pid == -1)
    exit (2);
  return pid;
}

static bool
command_succeeds (void)
{
  const pid_t pid = start ();
  int status;

  while (waitpid (pid, &status, 0) == -1 && errno == EINTR)
    ;
  return status == 0;
}

static bool
child_ended (void)
{
  if (child == 0)
    child = start ();
  return waitpid (child, &child_status, WNOHANG) == child;
}

static const struct condition {
  const char *name;
  bool (*holds) (void);
  int least, most;  /* arguments */
} conditions[] = {
  { "file", file_is_there, 1, 1 },
  { "no-file", file_is_gone, 1, 1 },
  { "line", line_matches, 2, 2 },
  { "node", node_matches, 2, 2 },
  { "no-node", node_is_gone, 1, 1 },
  { "ended", all_ended, 0, 1000 },
  { "ended-of", all_of_file_ended, 1, 1 },
  { "childless", is_childless, 1, 1 },
  { "command", command_succeeds, 1, 1000 },
  { "run", child_ended, 1, 1000 },
};

static const struct condition *
find (const char *name)
{
  size_t i;

  for (i = 0; i < sizeof conditions / sizeof conditions[0]; i++)
    if (strcmp (conditions[i].name, name) == 0 &&
        nargs >= conditions[i].least && nargs <= conditions[i].most)
      return &conditions[i];
  fprintf (stderr, "wait-for: no condition \"%s\" with %d arguments\n", name,
           nargs);
  exit (2);
}

static void
nap (long ms)
{
  nanosleep (&(struct timespec) { .tv_nsec = ms * 1000000 }, NULL);
}

/* Who ends us ends the command. */
static void
pass_on (int signal)
{
  if (child > 0)
    kill (child, signal);
  _exit (128 + signal);
}

/* The command is still: it gets a second to say why. */
static int
end_child (void)
{
  int i;

  fprintf (stderr, "wait-for: nothing moves any more: %s is ended\n", args[0]);
  kill (child, SIGTERM);
  for (i = 0; i < 100 && waitpid (child, &child_status, WNOHANG) == 0; i++)
    nap (10);
  kill (child, SIGKILL);
  return 124;
}

int
main (int argc, char **argv)
{
  const struct condition *condition;
  struct stillness *still;
  bool over, holds;

  if (argc < 3) {
    fprintf (stderr, "usage: wait-for SECONDS CONDITION [ARGUMENT...]\n");
    return 2;
  }
  args = argv + 3;
  nargs = argc - 3;
  condition = find (argv[2]);
  if ((condition->holds == line_matches || condition->holds == node_matches) &&
      regcomp (&regex, args[1], REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0) {
    fprintf (stderr, "wait-for: \"%s\" is no regular expression\n", args[1]);
    return 2;
  }
  signal (SIGTERM, pass_on);
  signal (SIGINT, pass_on);
  signal (SIGHUP, pass_on);
  still = stillness_new (strtod (argv[1], NULL));
  /* Looked for once more after the time is up: it may just have come. */
  do {
    over = stillness_over (still);
    holds = condition->holds ();
    if (!holds && !over)
      nap (condition->holds == command_succeeds ? 50 : 10);
  } while (!holds && !over);
  if (condition->holds != child_ended)
    return !holds;
  if (!holds)
    return end_child ();
  return WIFEXITED (child_status) ? WEXITSTATUS (child_status)
                                  : 128 + WTERMSIG (child_status);
}

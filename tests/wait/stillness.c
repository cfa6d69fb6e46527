/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#define _GNU_SOURCE

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stillness.h"

/* A process that is there.  `moved` is what all its threads have run and wanted
 * to run, in nanoseconds, as of the last look.
 */
struct process {
  int pid;
  bool ours;
  bool seen;       /* in the look that is going on */
  uint64_t moved;
};

struct stillness {
  double seconds;  /* to be still */
  bool known;      /* there was a look, so the next one can compare */
  double still;    /* it has been, so far */
  double begin;    /* monotonic seconds, like the next two */
  double looked;   /* last */
  double next;     /* when it is looked again */
  char mark[4096]; /* "D=...", or "" */
  struct process *processes;
  size_t n, room;
};

static double
now (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

/* The beginning of a file below /proc, as text; "" if it cannot be read. */
static size_t
slurp (const char *path, char *text, size_t size)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  ssize_t r;

  while (fd != -1 && length < size - 1 &&
         (r = read (fd, text + length, size - 1 - length)) > 0)
    length += r;
  if (fd != -1)
    close (fd);
  text[length] = '\0';
  return length;
}

/* Has the process the mark in its environment?  One that ends or is not ours to
 * look at has not.
 */
static bool
is_ours (const struct stillness *still, int pid)
{
  static char text[65536];
  char path[64];
  size_t length, at;

  if (pid == getpid ())
    return true;
  if (still->mark[0] == '\0')
    return false;
  snprintf (path, sizeof path, "/proc/%d/environ", pid);
  length = slurp (path, text, sizeof text);
  for (at = 0; at < length; at += strlen (text + at) + 1)
    if (strcmp (text + at, still->mark) == 0)
      return true;
  return false;
}

/* Add what one thread has moved.  Returns true if it runs, wants to, or waits
 * for a disk, right now.
 */
static bool
look_at_thread (int pid, const char *tid, uint64_t *moved)
{
  unsigned long long ran = 0, waited = 0;
  char path[300], text[512];
  const char *state;

  snprintf (path, sizeof path, "/proc/%d/task/%.200s/schedstat", pid, tid);
  slurp (path, text, sizeof text);
  if (sscanf (text, "%llu %llu", &ran, &waited) == 2)
    *moved += ran + waited;
  if (pid == getpid ())
    return false; /* who looks always runs */
  snprintf (path, sizeof path, "/proc/%d/task/%.200s/stat", pid, tid);
  slurp (path, text, sizeof text);
  state = strrchr (text, ')');
  return state && state[1] && (state[2] == 'R' || state[2] == 'D');
}

static bool
look_at_process (int pid, uint64_t *moved)
{
  struct dirent *entry;
  bool runs = false;
  char path[64];
  DIR *dir;

  *moved = 0;
  snprintf (path, sizeof path, "/proc/%d/task", pid);
  dir = opendir (path);
  if (dir == NULL)
    return false;
  while ((entry = readdir (dir)) != NULL)
    if (isdigit ((unsigned char) entry->d_name[0]))
      runs |= look_at_thread (pid, entry->d_name, moved);
  closedir (dir);
  return runs;
}

/* The process as known, or a new one. */
static struct process *
find (struct stillness *still, int pid)
{
  size_t i;

  for (i = 0; i < still->n; i++)
    if (still->processes[i].pid == pid)
      return &still->processes[i];
  if (still->n == still->room) {
    still->room = still->room ? 2 * still->room : 256;
    still->processes = realloc (still->processes,
                                still->room * sizeof *still->processes);
    if (still->processes == NULL)
      abort ();
  }
  still->processes[still->n] = (struct process) {
    .pid = pid, .ours = is_ours (still, pid),
  };
  return &still->processes[still->n++];
}

/* Those that have ended; their numbers may be another's soon. */
static void
forget_gone (struct stillness *still)
{
  size_t i, n = 0;

  for (i = 0; i < still->n; i++)
    if (still->processes[i].seen) {
      still->processes[n] = still->processes[i];
      still->processes[n++].seen = false;
    }
  still->n = n;
}

/* Seconds that the test's processes have moved since the last look; `elapsed` if
 * one of them moves right now.
 */
static double
look (struct stillness *still, double elapsed)
{
  DIR *dir = opendir ("/proc");
  struct dirent *entry;
  double busy = 0;

  if (dir == NULL)
    return 0;
  while ((entry = readdir (dir)) != NULL) {
    struct process *process;
    uint64_t moved;

    if (!isdigit ((unsigned char) entry->d_name[0]))
      continue;
    process = find (still, atoi (entry->d_name));
    process->seen = true;
    if (!process->ours)
      continue;
    if (look_at_process (process->pid, &moved))
      busy = elapsed;
    if (moved > process->moved)
      busy += (moved - process->moved) / 1e9;
    process->moved = moved;
  }
  closedir (dir);
  forget_gone (still);
  return busy;
}

struct stillness *
stillness_new (double seconds)
{
  struct stillness *still = calloc (1, sizeof *still);
  const char *folder = getenv ("D");

  if (still == NULL)
    abort ();
  still->seconds = seconds;
  still->begin = still->looked = now ();
  still->next = still->begin + STILLNESS_SAMPLE;
  if (folder)
    snprintf (still->mark, sizeof still->mark, "D=%s", folder);
  return still;
}

bool
stillness_over (struct stillness *still)
{
  const double t = now ();
  double elapsed, busy, took;

  if (still->seconds <= STILLNESS_SAMPLE)
    return t >= still->begin + still->seconds;
  if (t < still->next)
    return false;
  elapsed = t - still->looked;
  busy = look (still, elapsed);
  if (still->known && busy < elapsed)
    still->still += elapsed - busy;
  still->known = true;
  took = now () - t;
  still->looked = t;
  still->next = t + (took / STILLNESS_SHARE > STILLNESS_SAMPLE
                     ? took / STILLNESS_SHARE : STILLNESS_SAMPLE);
  return still->still >= still->seconds ||
         t >= still->begin + STILLNESS_MOST * still->seconds + 60;
}

void
stillness_free (struct stillness *still)
{
  if (still)
    free (still->processes);
  free (still);
}

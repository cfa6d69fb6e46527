/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl top: what the disks did in each interval.
 */

#include <config.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "member.h"
#include "top.h"
#include "bridge/shared/stats.h"

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void
sleep_until (double when)
{
  double rest;

  while ((rest = when - now ()) > 0)
    usleep (rest > 0.5 ? 500000 : (useconds_t) (rest * 1e6) + 1);
}

/* An object of each disk's statistics, by its name. */
static int
sample (const struct tool *tool, json_t **all)
{
  json_t *disks, *disk, *stats;
  int code = nbdctl_ask_list (tool, &disks);
  size_t i;

  *all = NULL;
  if (code != ASK_OK)
    return code;
  *all = json_object ();
  json_array_foreach (disks, i, disk) {
    const char *name = nbdctl_member (disk, "device");

    code = nbdctl_ask_stats (tool, name, &stats);
    if (code == ASK_NO_DAEMON)
      break;
    if (code != ASK_OK)
      stats = json_object (); /* it has no worker now */
    json_object_set_new (stats, "server", json_incref
                         (json_object_get (disk, "server")));
    json_object_set_new (*all, name, stats);
  }
  json_decref (disks);
  if (code != ASK_NO_DAEMON)
    return ASK_OK;
  json_decref (*all);
  *all = NULL;
  return code;
}

static uint64_t
counter (const json_t *stats, const char *op, const char *name)
{
  const json_t *total = json_object_get (stats, "total");

  return nbdctl_number (op ? json_object_get (total, op) : total, name);
}

/* What was counted in between; a new worker begins at 0. */
static double
difference (const json_t *old, const json_t *new, const char *op,
            const char *name)
{
  const uint64_t before = counter (old, op, name);
  const uint64_t after = counter (new, op, name);

  return after >= before ? (double) (after - before) : (double) after;
}

static double
milliseconds (const json_t *old, const json_t *new, const char *op)
{
  const double n = difference (old, new, op, "answered");

  return n > 0 ? difference (old, new, op, "microseconds") / n / 1000 : 0;
}

static double
rounded (double n)
{
  return (double) (int64_t) (n * 1000 + 0.5) / 1000;
}

static json_t *
row (const char *name, const json_t *old, const json_t *new, double seconds)
{
  double errors = 0;
  unsigned op;

  for (op = 0; op < STATS_OPS; op++)
    errors += difference (old, new, stats_op_name (op), "errors");
  return json_pack ("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, "
                    "s:I, s:f, s:f}",
    "device", name, "server", nbdctl_member (new, "server"),
    "reads", rounded (difference (old, new, "read", "answered") / seconds),
    "writes", rounded (difference (old, new, "write", "answered") / seconds),
    "flushes", rounded (difference (old, new, "flush", "answered") / seconds),
    "discards", rounded (difference (old, new, "discard", "answered")
                         / seconds),
    "read-kib", rounded (difference (old, new, "read", "sectors") / 2
                         / seconds),
    "write-kib", rounded (difference (old, new, "write", "sectors") / 2
                          / seconds),
    "read-ms", rounded (milliseconds (old, new, "read")),
    "write-ms", rounded (milliseconds (old, new, "write")),
    "flush-ms", rounded (milliseconds (old, new, "flush")),
    "in-flight", (json_int_t) counter (new, NULL, "in-flight"),
    "full", rounded (difference (old, new, NULL, "full-microseconds") / 1e4
                     / seconds),
    "errors", rounded (errors / seconds));
}

static double
real (const json_t *o, const char *name)
{
  return json_number_value (json_object_get (o, name));
}

static void
print_rows (const json_t *rows)
{
  const json_t *r;
  size_t i;

  if (isatty (STDOUT_FILENO))
    printf ("\033[H\033[J");
  printf ("%-16s %-10s %8s %8s %7s %9s %9s %8s %8s %8s %6s %5s %6s\n",
          "DEVICE", "SERVER", "R/S", "W/S", "F/S", "RKIB/S", "WKIB/S",
          "R-MS", "W-MS", "F-MS", "FLIGHT", "FULL%", "ERR/S");
  json_array_foreach (rows, i, r)
    printf ("%-16s %-10s %8.1f %8.1f %7.1f %9.1f %9.1f %8.2f %8.2f %8.2f "
            "%6.0f %5.1f %6.1f\n",
            nbdctl_member (r, "device"), nbdctl_member (r, "server"),
            real (r, "reads"), real (r, "writes"), real (r, "flushes"),
            real (r, "read-kib"), real (r, "write-kib"), real (r, "read-ms"),
            real (r, "write-ms"), real (r, "flush-ms"), real (r, "in-flight"),
            real (r, "full"), real (r, "errors"));
}

static void
show (const struct tool *tool, const json_t *old, const json_t *new,
      double seconds)
{
  json_t *rows = json_array (), *stats;
  const char *name;

  json_object_foreach ((json_t *) new, name, stats)
    json_array_append_new (rows, row (name, json_object_get (old, name),
                                      stats, seconds));
  if (tool->json) {
    json_dumpf (rows, stdout, JSON_COMPACT | JSON_REAL_PRECISION (9));
    putchar ('\n');
  }
  else
    print_rows (rows);
  fflush (stdout);
  json_decref (rows);
}

int
nbdctl_top (struct tool *tool, char **args)
{
  json_t *old, *new;
  double then = now (), next = then, at;
  unsigned n = 0;
  int code;

  (void) args;
  tool->quiet = true;
  code = sample (tool, &old);
  while (code == ASK_OK) {
    next += tool->interval;
    sleep_until (next);
    code = sample (tool, &new);
    if (code != ASK_OK)
      break;
    at = now ();
    show (tool, old, new, at - then);
    json_decref (old);
    old = new;
    then = at;
    if (ferror (stdout) || (tool->count > 0 && ++n == tool->count))
      break;
  }
  json_decref (old);
  return code;
}

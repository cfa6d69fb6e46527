/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl stats.
 */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>

#include "ask.h"
#include "member.h"
#include "print.h"
#include "stats.h"
#include "bridge/shared/stats.h"

/* Microseconds that `part` of the latencies are below, which are known as
 * powers of two.
 */
static uint64_t
quantile (const json_t *latency, double part)
{
  uint64_t all = 0, sum = 0;
  size_t i, n = json_array_size (latency);

  for (i = 0; i < n; i++)
    all += json_integer_value (json_array_get (latency, i));
  for (i = 0; i < n; i++) {
    sum += json_integer_value (json_array_get (latency, i));
    if (sum >= part * all)
      return (uint64_t) 1 << (i < 63 ? i : 63);
  }
  return 0;
}

static void
print_counts (const char *ring, const char *op, const json_t *counts)
{
  const uint64_t answered = nbdctl_number (counts, "answered");
  const json_t *latency = json_object_get (counts, "latency");

  if (nbdctl_number (counts, "taken") == 0)
    return;
  printf ("%-5s %-8s %10" PRIu64 " %7" PRIu64 " %12" PRIu64 " %9" PRIu64
          " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n", ring, op,
          nbdctl_number (counts, "taken"), nbdctl_number (counts, "errors"),
          nbdctl_number (counts, "sectors"), nbdctl_number (counts, "merged"),
          answered ? nbdctl_number (counts, "microseconds") / answered : 0,
          quantile (latency, .5), quantile (latency, .99),
          quantile (latency, 1));
}

static void
print_ring (const char *ring, const json_t *counters)
{
  unsigned op;

  for (op = 0; op < STATS_OPS; op++)
    print_counts (ring, stats_op_name (op),
                  json_object_get (counters, stats_op_name (op)));
}

static void
print_refused (const json_t *refused)
{
  const char *reason;
  json_t *n;

  json_object_foreach ((json_t *) refused, reason, n)
    if (json_integer_value (n) > 0)
      printf ("refused: %lld, %s\n", (long long) json_integer_value (n),
              reason);
}

static void
print_disk (const json_t *disk)
{
  const json_t *total = json_object_get (disk, "total"), *ring;
  const json_t *rings = json_object_get (disk, "rings");
  char number[24];
  size_t i;

  printf ("%s: %" PRIu64 " in flight (%" PRIu64 " at most), ring full %"
          PRIu64 " times for %.3f s, %" PRIu64 " connections, %" PRIu64
          " errors of the server\n", nbdctl_member (disk, "device"),
          nbdctl_number (total, "in-flight"), nbdctl_number (total, "most"),
          nbdctl_number (total, "full"),
          nbdctl_number (total, "full-microseconds") / 1e6,
          nbdctl_number (disk, "connects"),
          nbdctl_number (disk, "server-errors"));
  printf ("%-5s %-8s %10s %7s %12s %9s %9s %9s %9s %9s\n", "RING", "OP",
          "REQUESTS", "ERRORS", "SECTORS", "MERGED", "MEAN-US", "P50-US",
          "P99-US", "MAX-US");
  json_array_foreach (rings, i, ring) {
    snprintf (number, sizeof number, "%zu", i);
    print_ring (number, ring);
  }
  if (json_array_size (rings) > 1)
    print_ring ("all", total);
  print_refused (json_object_get (total, "refused"));
}

static int
one (struct tool *tool, const char *name)
{
  json_t *stats;
  int code = nbdctl_ask_stats (tool, name, &stats);

  if (code != ASK_OK)
    return code;
  if (tool->json)
    nbdctl_print_json (stats);
  else
    print_disk (stats);
  json_decref (stats);
  return code;
}

/* All disks.  One that goes in between is no failure. */
int
nbdctl_stats (struct tool *tool, char **args)
{
  json_t *disks, *disk, *all, *stats;
  int code;
  size_t i;

  if (args[0])
    return one (tool, args[0]);
  code = nbdctl_ask_list (tool, &disks);
  if (code != ASK_OK)
    return code;
  all = json_array ();
  json_array_foreach (disks, i, disk) {
    code = nbdctl_ask_stats (tool, nbdctl_member (disk, "device"), &stats);
    if (code == ASK_NO_DAEMON)
      break;
    if (code != ASK_OK)
      continue;
    if (!tool->json)
      print_disk (stats);
    json_array_append_new (all, stats);
  }
  if (tool->json)
    nbdctl_print_json (all);
  json_decref (all);
  json_decref (disks);
  return code == ASK_NO_DAEMON ? code : ASK_OK;
}

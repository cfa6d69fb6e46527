/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl: the operator's and the hotplug script's way to the daemon.
 */

#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "claim.h"
#include "daemon.h"
#include "disks.h"
#include "stats.h"
#include "task.h"
#include "tool.h"
#include "top.h"
#include "tune.h"
#include "bridge/shared/ask.h"
#include "bridge/shared/run-dir.h"

static const struct command {
  const char *name;
  int min, max;          /* arguments */
  const char *arguments, *help;
  int (*run) (struct tool *tool, char **args); /* ends with NULL */
} commands[] = {
  { "ping", 0, 0, "", "is the daemon running?", nbdctl_ping },
  { "list", 0, 0, "", "all disks", nbdctl_list },
  { "show", 1, 1, "DISK", "all about one disk", nbdctl_show },
  { "stats", 0, 1, "[DISK]", "what the disk has done since its worker started",
    nbdctl_stats },
  { "top", 0, 0, "[--interval S] [--count N]", "what the disks do, live",
    nbdctl_top },
  { "attach", 3, 3, "DOMID VDEV TARGET",
    "give a guest a disk, without a toolstack", nbdctl_attach },
  { "detach", 1, 1, "DISK", "ask the guest to let go of a disk",
    nbdctl_detach },
  { "flush", 1, 1, "DISK", "have the server store what was written",
    nbdctl_flush },
  { "drain", 1, 1, "DISK", "wait until nothing is in flight", nbdctl_drain },
  { "resize", 1, 1, "DISK", "ask the server for the size again",
    nbdctl_resize },
  { "log-level", 0, 1, "[LEVEL]", "how much the daemon and its workers log",
    nbdctl_log_level },
  { "limit", 1, 12, "DISK [OPTION=VALUE...]",
    "how much the disk may do in a second", nbdctl_limit },
  { "policy", 1, 8, "DISK [OPTION=VALUE...]",
    "what is done about errors, caches and zeroes", nbdctl_policy },
  { "stop", 1, 1, "DISK", "take nothing more from the guest", nbdctl_stop },
  { "resume", 1, 1, "DISK", "go on, with what failed first", nbdctl_resume },
  { "claim", 1, 1, "KIND/DOMID/DEVID", "what the hotplug script does",
    nbdctl_claim },
};

#define NCOMMANDS (sizeof commands / sizeof commands[0])

static void
usage (FILE *out)
{
  size_t i;

  fprintf (out, "usage: xen-nbdctl [--run-dir DIR] [--json] COMMAND "
           "[ARGUMENT...]\n\n");
  for (i = 0; i < NCOMMANDS; i++)
    fprintf (out, "  %-9s %-16s  %s\n", commands[i].name,
             commands[i].arguments, commands[i].help);
  fprintf (out, "\nDISK is KIND/DOMID/DEVID or DOMID/VDEV, such as "
           "vbd/3/51712 or 3/xvda.\n"
           "Also: --timeout S (attach, detach, flush, drain, resize), "
           "--read-only (attach),\n--force (detach).  See xen-nbdctl(8).\n");
}

static int
run (struct tool *tool, int argc, char **argv)
{
  size_t i;

  for (i = 0; argc > 0 && i < NCOMMANDS; i++)
    if (strcmp (argv[0], commands[i].name) == 0 &&
        argc - 1 >= commands[i].min && argc - 1 <= commands[i].max)
      return commands[i].run (tool, argv + 1);
  usage (stderr);
  return ASK_USAGE;
}

static bool
number_between (const char *option, const char *value, double min, double max,
                double *to)
{
  char *end;
  double n = strtod (value, &end);

  if (end != value && *end == '\0' && n >= min && n <= max) {
    *to = n;
    return true;
  }
  fprintf (stderr, "--%s %s: it must be a number from %g to %g\n", option,
           value, min, max);
  return false;
}

/* One option.  Returns false after saying what is wrong with it. */
static bool
set_option (struct tool *tool, int option, const char *value)
{
  double n;

  switch (option) {
  case 'r': tool->run_dir = value; return true;
  case 'j': tool->json = true; return true;
  case 'f': tool->force = true; return true;
  case 'o': tool->read_only = true; return true;
  case 'i':
    return number_between ("interval", value, 0.1, 3600, &tool->interval);
  case 't':
    return number_between ("timeout", value, 0.1, 3600, &tool->timeout);
  case 'n':
    if (!number_between ("count", value, 1, 1e9, &n))
      return false;
    tool->count = (unsigned) n;
    return true;
  default:
    usage (stderr);
    return false;
  }
}

int
main (int argc, char **argv)
{
  static const struct option longopts[] = {
    { "run-dir", required_argument, NULL, 'r' },
    { "json",    no_argument,       NULL, 'j' },
    { "interval", required_argument, NULL, 'i' },
    { "count",   required_argument, NULL, 'n' },
    { "timeout", required_argument, NULL, 't' },
    { "force",   no_argument,       NULL, 'f' },
    { "read-only", no_argument,     NULL, 'o' },
    { "help",    no_argument,       NULL, 'h' },
    { "version", no_argument,       NULL, 'v' },
    { NULL }
  };
  struct tool tool = {
    .run_dir = RUN_DIR_DEFAULT,
    .interval = 2,
  };
  int c;

  while ((c = getopt_long (argc, argv, "", longopts, NULL)) != -1) {
    switch (c) {
    case 'h': usage (stdout); return ASK_OK;
    case 'v': puts ("xen-nbdctl " PACKAGE_VERSION); return ASK_OK;
    default:
      if (!set_option (&tool, c, optarg))
        return ASK_USAGE;
    }
  }
  return run (&tool, argc - optind, argv + optind);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl: the operator's and the hotplug script's way to the daemon.
 */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/shared/message-socket.h"
#include "bridge/shared/run-dir.h"
#include "nbdctl.h"
#include "xenbus/number.h"

static int
ping (struct tool *tool, char **args)
{
  int fd = nbdctl_reach (tool);

  (void) args;
  if (fd == -1)
    return ASK_NO_DAEMON;
  close (fd);
  return ASK_OK;
}

/* Send the claim and wait for the verdict.  Returns 0, or -1 with errno. */
static int
ask_verdict (int fd, struct message *message)
{
  int r;

  if (message_send (fd, message) == -1 ||
      nbdctl_wait (fd, ASK_CLAIM + 5) == -1)
    return -1;
  r = message_receive (fd, message);
  if (r == 1 && message->type == MESSAGE_VERDICT)
    return 0;
  if (r >= 0)
    errno = EPROTO;
  return -1;
}

static int
claim (struct tool *tool, char **args)
{
  struct message message = { .type = MESSAGE_CLAIM };
  int fd, r;

  if (device_id_parse (args[0], &message.claim.id) == -1) {
    fprintf (stderr, "%s is no device; one is called KIND/DOMID/DEVID\n",
             args[0]);
    return ASK_USAGE;
  }
  fd = nbdctl_reach (tool);
  if (fd == -1)
    return ASK_NO_DAEMON;
  r = ask_verdict (fd, &message);
  if (r == -1)
    fprintf (stderr, "xen-nbdback does not answer: %s\n", strerror (errno));
  close (fd);
  if (r == -1)
    return ASK_NO_DAEMON;
  if (message.verdict.accepted)
    return ASK_OK;
  fprintf (stderr, "%s\n", message.verdict.text);
  return ASK_REFUSED;
}

static int
list (struct tool *tool, char **args)
{
  json_t *disks;
  int code = nbdctl_ask_list (tool, &disks);

  (void) args;
  if (code != ASK_OK)
    return code;
  if (tool->json)
    nbdctl_print_json (disks);
  else
    nbdctl_print_list (disks);
  json_decref (disks);
  return code;
}

int
nbdctl_ask_and_show (const struct tool *tool, json_t *question, double seconds)
{
  json_t *result;
  int code = nbdctl_ask (tool, question, seconds, &result);

  if (code != ASK_OK)
    return code;
  if (tool->json)
    nbdctl_print_json (result);
  else
    nbdctl_print_members (result);
  json_decref (result);
  return code;
}

static int
show (struct tool *tool, char **args)
{
  return nbdctl_ask_and_show (tool, nbdctl_question ("show", args[0]),
                              NBDCTL_PATIENCE);
}

static int
log_level (struct tool *tool, char **args)
{
  json_t *question = nbdctl_question ("log-level", NULL);

  if (args[0])
    json_object_set_new (question, "level", json_string (args[0]));
  return nbdctl_ask_and_show (tool, question, NBDCTL_PATIENCE);
}

/* What the worker carries out: time has to be given it. */
static int
task (struct tool *tool, const char *verb, const char *disk)
{
  json_t *question = nbdctl_question (verb, disk);

  if (tool->timeout > 0)
    json_object_set_new (question, "timeout", json_real (tool->timeout));
  return nbdctl_ask_and_show (tool, question, NBDCTL_PATIENCE + tool->timeout);
}

static int
flush (struct tool *tool, char **args)
{
  return task (tool, "flush", args[0]);
}

static int
drain (struct tool *tool, char **args)
{
  return task (tool, "drain", args[0]);
}

static int
resize (struct tool *tool, char **args)
{
  return task (tool, "resize", args[0]);
}

static int
attach (struct tool *tool, char **args)
{
  json_t *question = nbdctl_question ("attach", NULL);
  uint64_t domid;

  if (number_parse (args[0], 0x7fef, &domid) == -1) {
    fprintf (stderr, "attach: %s is no domain; it must be a number\n", args[0]);
    json_decref (question);
    return ASK_USAGE;
  }
  json_object_set_new (question, "domid", json_integer ((json_int_t) domid));
  json_object_set_new (question, "vdev", json_string (args[1]));
  json_object_set_new (question, "target", json_string (args[2]));
  json_object_set_new (question, "read-only", json_boolean (tool->read_only));
  if (tool->timeout > 0)
    json_object_set_new (question, "timeout", json_real (tool->timeout));
  return nbdctl_ask_and_show (tool, question, NBDCTL_PATIENCE + tool->timeout);
}

static int
detach (struct tool *tool, char **args)
{
  json_t *question = nbdctl_question ("detach", args[0]);

  json_object_set_new (question, "force", json_boolean (tool->force));
  if (tool->timeout > 0)
    json_object_set_new (question, "timeout", json_real (tool->timeout));
  return nbdctl_ask_and_show (tool, question, NBDCTL_PATIENCE + tool->timeout);
}

static const struct command {
  const char *name;
  int min, max;          /* arguments */
  const char *arguments, *help;
  int (*run) (struct tool *tool, char **args); /* ends with NULL */
} commands[] = {
  { "ping", 0, 0, "", "is the daemon running?", ping },
  { "list", 0, 0, "", "all disks", list },
  { "show", 1, 1, "DISK", "all about one disk", show },
  { "stats", 0, 1, "[DISK]", "what the disk has done since its worker started",
    nbdctl_stats },
  { "top", 0, 0, "[--interval S] [--count N]", "what the disks do, live",
    nbdctl_top },
  { "attach", 3, 3, "DOMID VDEV TARGET", "give a guest a disk, without a toolstack",
    attach },
  { "detach", 1, 1, "DISK", "ask the guest to let go of a disk", detach },
  { "flush", 1, 1, "DISK", "have the server store what was written", flush },
  { "drain", 1, 1, "DISK", "wait until nothing is in flight", drain },
  { "resize", 1, 1, "DISK", "ask the server for the size again", resize },
  { "log-level", 0, 1, "[LEVEL]", "how much the daemon and its workers log",
    log_level },
  { "limit", 1, 12, "DISK [OPTION=VALUE...]",
    "how much the disk may do in a second", nbdctl_limit },
  { "policy", 1, 8, "DISK [OPTION=VALUE...]",
    "what is done about errors, caches and zeroes", nbdctl_policy },
  { "stop", 1, 1, "DISK", "take nothing more from the guest", nbdctl_stop },
  { "resume", 1, 1, "DISK", "go on, with what failed first", nbdctl_resume },
  { "claim", 1, 1, "KIND/DOMID/DEVID", "what the hotplug script does",
    claim },
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
           "vbd/3/51712 or 3/xvda.\nSee xen-nbdctl(8).\n");
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
  double n;
  int c;

  while ((c = getopt_long (argc, argv, "", longopts, NULL)) != -1) {
    switch (c) {
    case 'r': tool.run_dir = optarg; break;
    case 'j': tool.json = true; break;
    case 'i':
      if (!number_between ("interval", optarg, 0.1, 3600, &tool.interval))
        return ASK_USAGE;
      break;
    case 'f': tool.force = true; break;
    case 'o': tool.read_only = true; break;
    case 't':
      if (!number_between ("timeout", optarg, 0.1, 3600, &tool.timeout))
        return ASK_USAGE;
      break;
    case 'n':
      if (!number_between ("count", optarg, 1, 1e9, &n))
        return ASK_USAGE;
      tool.count = (unsigned) n;
      break;
    case 'h': usage (stdout); return ASK_OK;
    case 'v': puts ("xen-nbdctl " PACKAGE_VERSION); return ASK_OK;
    default:  usage (stderr); return ASK_USAGE;
    }
  }
  return run (&tool, argc - optind, argv + optind);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * fake-guest [OPTION...] [COMMAND...]: a guest with one disk, and its
 * toolstack.  Commands are arguments, each one word to the shell, or lines
 * of --script FILE ("-": standard input).
 */

#define _GNU_SOURCE

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

static const char usage_text[] =
  "usage: fake-guest [--domid N] [--dev N] [--kind vbd|qdisk|vbd3]\n"
  "                  [--backend-domid N] [--script FILE] [COMMAND...]\n"
  "\n"
  "toolstack: create params=TARGET [script=S] [hotplug=PROGRAM|connected|"
  "none]\n"
  "             [mode=r|w] [device-type=disk|cdrom] [discard-enable=0|1]\n"
  "             [vdev=xvda] [wait=0] [timeout=10] [KEY:NAME=VALUE]\n"
  "           detach [force] [timeout=10]   destroy [timeout=10]\n"
  "frontend:  connect linux|grub|minios|ovmf|windows|freebsd [protocol=P]\n"
  "             [order=0] [queues=1] [persistent=0] [segments=11]"
  " [timeout=10]\n"
  "             [start=0] [req-prod=START] [rsp-prod=START] [fill=0]\n"
  "             [forced=0] [naming=order|zero|num]\n"
  "           close [STYLE] [timeout=10]    abandon\n"
  "I/O:       read|verify|write|flush|barrier|discard sector=N count=N\n"
  "             [pattern=N] [skip=0-7] [fragment=1-8] [segments=N] [queue=N]\n"
  "             [async=1] [timeout=S] [expect=ok|error|eopnotsupp|none|any]\n"
  "           drain [timeout=30]   load rw=read|write|randread|randwrite|"
  "randrw|rw\n"
  "             [bs=4096] [depth=32] [seconds=1] [until=FILE] [requests=N]\n"
  "             [size=BYTES] [flush=N] [verify=1] [json=FILE] [seed=N]\n"
  "lies:      raw op=N ...   lie prod=+N   flip what=last|nr|op|gref|indirect"
  "\n"
  "           flood events|states|keys [count=N] [states=45]   kick\n"
  "xenstore:  front|back KEY VALUE   front-rm|back-rm KEY   state N\n"
  "           expect-front|expect-back KEY [VALUE] [timeout=S]\n"
  "           wait-state N.. [timeout=10]\n"
  "others:    expect sectors|sector-size|info|flush|barrier|discard|indirect|"
  "\n"
  "             ring|queues|persistent|inflight|problems|mapped|answers N"
  "\n"
  "             [timeout=0]   show   sleep S\n"
  "           sh COMMAND   echo TEXT   reset-problems   padding ignore\n"
  "A command after ! must fail.  # begins a comment.\n";

/* Take the line apart, in place. */
static char *
split (char *line, struct command *command)
{
  char *name = NULL, *word, *equal, *save;

  for (word = strtok_r (line, " \t\n", &save); word;
       word = strtok_r (NULL, " \t\n", &save)) {
    if (name == NULL)
      name = word;
    else if ((equal = strchr (word, '=')) && command->nkeys < SCRIPT_WORDS) {
      *equal = '\0';
      command->keys[command->nkeys] = word;
      command->values[command->nkeys++] = equal + 1;
    }
    else if (command->nwords < SCRIPT_WORDS)
      command->words[command->nwords++] = word;
  }
  return name;
}

static int
run_line (struct guest_disk *disk, const char *text)
{
  struct command command = { 0 };
  char *line, *name;
  bool must_fail = false;
  unsigned i;
  int r;

  while (isspace ((unsigned char) *text) || *text == '!') {
    must_fail |= *text == '!';
    text++;
  }
  if (*text == '\0' || *text == '#')
    return 0;
  command.rest = text + strcspn (text, " \t");
  command.rest += strspn (command.rest, " \t");
  line = strdup (text);
  name = split (line, &command);
  guest_renew (disk);
  r = run_command (disk, name, &command);
  for (i = 0; i < command.nkeys; i++)
    if (!command.used[i] && strcmp (name, "sh") != 0 &&
        strcmp (name, "echo") != 0 && strcmp (command.keys[i], "timeout"))
      fprintf (stderr, "fake-guest: %s: what is %s=?\n", name,
               command.keys[i]);
  if ((r == -1) != must_fail) {
    fprintf (stderr, "fake-guest: %u/%u: %s: %s\n", disk->domid, disk->devid,
             must_fail ? "did not fail" : "failed", text);
    r = -1;
  }
  else
    r = 0;
  free (line);
  return r;
}

static int
run_file (struct guest_disk *disk, const char *path)
{
  FILE *in = strcmp (path, "-") == 0 ? stdin : fopen (path, "r");
  char *line = NULL;
  size_t size = 0;
  int r = 0;

  if (in == NULL) {
    perror (path);
    return -1;
  }
  while (r == 0 && getline (&line, &size, in) != -1) {
    line[strcspn (line, "\n")] = '\0';
    r = run_line (disk, line);
  }
  free (line);
  if (in != stdin)
    fclose (in);
  return r;
}

static const char *
parse_options (int argc, char **argv, struct guest_disk *disk)
{
  static const struct option options[] = {
    { "domid", required_argument, NULL, 'd' },
    { "dev", required_argument, NULL, 'v' },
    { "kind", required_argument, NULL, 'k' },
    { "backend-domid", required_argument, NULL, 'b' },
    { "script", required_argument, NULL, 's' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 }
  };
  const char *script = NULL;
  int c;

  while ((c = getopt_long (argc, argv, "+", options, NULL)) != -1)
    switch (c) {
    case 'd': disk->domid = strtoul (optarg, NULL, 10); break;
    case 'v': disk->devid = strtoul (optarg, NULL, 10); break;
    case 'k': snprintf (disk->kind, sizeof disk->kind, "%s", optarg); break;
    case 'b': disk->backend_domid = strtoul (optarg, NULL, 10); break;
    case 's': script = optarg; break;
    case 'h': fputs (usage_text, stdout); exit (0);
    default: fputs (usage_text, stderr); exit (2);
    }
  return script;
}

int
main (int argc, char **argv)
{
  static struct guest_disk the_disk;
  struct guest_disk *disk = &the_disk;
  const char *script;
  int i, r = 0;

  disk->domid = 1;
  disk->devid = 51712;
  strcpy (disk->kind, "vbd");
  script = parse_options (argc, argv, disk);
  if (fx_attach () == -1) {
    perror ("fake-guest: FAKE_XEN_DIR");
    return 1;
  }
  snprintf (disk->back, sizeof disk->back,
            "/local/domain/%u/backend/%.15s/%u/%u", disk->backend_domid,
            disk->kind, disk->domid, disk->devid);
  snprintf (disk->front, sizeof disk->front,
            "/local/domain/%u/device/vbd/%u", disk->domid, disk->devid);
  if (guest_open (disk) == -1)
    return 1;
  for (i = optind; i < argc && r == 0; i++)
    r = run_line (disk, argv[i]);
  if (script && r == 0)
    r = run_file (disk, script);
  if (disk->problems) {
    fprintf (stderr, "fake-guest: %u/%u: %u problems\n", disk->domid,
             disk->devid, disk->problems);
    r = -1;
  }
  guest_close (disk);
  return r == 0 ? 0 : 1;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The commands that are not I/O.
 */

#define _GNU_SOURCE

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../wait/stillness.h"
#include "script.h"

const char *
command_get (struct command *command, const char *key, const char *missing)
{
  unsigned i;

  for (i = 0; i < command->nkeys; i++)
    if (strcmp (command->keys[i], key) == 0) {
      command->used[i] = true;
      return command->values[i];
    }
  return missing;
}

int64_t
command_number (struct command *command, const char *key, int64_t missing)
{
  const char *text = command_get (command, key, NULL);

  return text ? (int64_t) strtoll (text, NULL, 0) : missing;
}

double
command_seconds (struct command *command, const char *key, double missing)
{
  const char *text = command_get (command, key, NULL);

  return text ? atof (text) : missing;
}

static int
do_create (struct guest_disk *disk, struct command *command)
{
  struct toolstack_disk how = {
    .params = command_get (command, "params", ""),
    .script = command_get (command, "script", NULL),
    .mode = command_get (command, "mode", "w"),
    .vdev = command_get (command, "vdev", "xvda"),
    .device_type = command_get (command, "device-type", "disk"),
    .hotplug = command_get (command, "hotplug", "connected"),
    .timeout = command_seconds (command, "timeout", 10),
    .wait = command_number (command, "wait", 1),
    .domain_only = !command_number (command, "nodes", 1),
  };
  unsigned i;

  how.discard = command_get (command, "discard-enable",
                             how.mode[0] == 'w' ? "1" : "0");
  for (i = 0; i < command->nkeys && how.nextra < 16; i++)
    if (strncmp (command->keys[i], "KEY:", 4) == 0) {
      how.extra[how.nextra][0] = command->keys[i] + 4;
      how.extra[how.nextra++][1] = command->values[i];
      command->used[i] = true;
    }
  return toolstack_create (disk, &how);
}

static int
style_of (const struct command *command, enum guest_style *style)
{
  unsigned i;

  if (command->nwords == 0)
    return 0;
  for (i = 0; i < STYLES; i++)
    if (strcmp (guest_style_names[i], command->words[0]) == 0) {
      *style = i;
      return 0;
    }
  fprintf (stderr, "fake-guest: no such frontend: %s\n", command->words[0]);
  return -1;
}

static int
do_connect (struct guest_disk *disk, struct command *command)
{
  struct guest_connect how = {
    .style = STYLE_LINUX,
    .protocol = command_get (command, "protocol", NULL),
    .order = command_number (command, "order", 0),
    .queues = command_number (command, "queues", 1),
    .forced = command_number (command, "forced", 0),
    .naming = command_get (command, "naming", "order"),
    .persistent = command_number (command, "persistent", 0),
    .segments = command_number (command, "segments", ABI_SEGMENTS),
    .timeout = command_seconds (command, "timeout", 10),
    .start = command_number (command, "start", 0),
    .fill = command_number (command, "fill", 0),
  };

  how.req_prod = command_number (command, "req-prod", how.start);
  how.rsp_prod = command_number (command, "rsp-prod", how.start);
  if (style_of (command, &how.style) == -1)
    return -1;
  if (how.order > 4 || how.queues == 0 || how.queues > GUEST_QUEUES ||
      how.segments == 0 || how.segments > ABI_SEGMENTS_PAGE) {
    fprintf (stderr, "fake-guest: out of range\n");
    return -1;
  }
  guest_abandon (disk);
  return guest_connect (disk, &how);
}

static int
do_close (struct guest_disk *disk, struct command *command)
{
  enum guest_style style = disk->how.style;

  if (style_of (command, &style) == -1)
    return -1;
  return guest_disconnect (disk, style,
                           command_seconds (command, "timeout", 10));
}

static int
do_load (struct guest_disk *disk, struct command *command)
{
  struct load load = {
    .mode = command_get (command, "rw", "randread"),
    .block = command_number (command, "bs", 4096) / 512,
    .depth = command_number (command, "depth", 32),
    .seconds = command_seconds (command, "seconds", 1),
    .until = command_get (command, "until", NULL),
    .requests = command_number (command, "requests", 0),
    .sectors = command_number (command, "size", 0) / 512,
    .flush = command_number (command, "flush", 0),
    .verify = command_number (command, "verify", 0),
    .json = command_get (command, "json", NULL),
    .seed = command_number (command, "seed", 0),
  };

  if (!disk->connected) {
    fprintf (stderr, "fake-guest: not connected\n");
    return -1;
  }
  return guest_load (disk, &load);
}

/* expect-front and -back: KEY alone must be absent. */
static int
expect_key (struct guest_disk *disk, const char *dir,
            struct command *command)
{
  const char *wanted = command->nwords > 1 ? command->words[1] : NULL;
  struct stillness *still;
  char value[1024];
  bool there, good = false, over = false;

  if (command->nwords == 0)
    return -1;
  still = stillness_new (command_seconds (command, "timeout", 0));
  while (!good && !over) {
    over = stillness_over (still);
    there = guest_get (disk->dom0, dir, command->words[0], value,
                       sizeof value);
    good = there == (wanted != NULL) &&
           (wanted == NULL || strcmp (wanted, "*") == 0 ||
            strcmp (wanted, value) == 0);
    if (!good && !over)
      usleep (1000);
  }
  stillness_free (still);
  if (good)
    return 0;
  fprintf (stderr, "fake-guest: %s/%s is %s, not %s\n", dir,
           command->words[0], there ? value : "absent",
           wanted ? wanted : "absent");
  return -1;
}

static int
do_wait_state (struct guest_disk *disk, struct command *command)
{
  unsigned i, states = 0;

  for (i = 0; i < command->nwords; i++)
    states |= ST (atoi (command->words[i]));
  if (guest_wait (disk, states, command_seconds (command, "timeout", 10))
      != -1)
    return 0;
  fprintf (stderr, "fake-guest: the backend has state %" PRId64 "\n",
           guest_number (disk->dom0, disk->back, "state", 0));
  return -1;
}

/* What the first ring says was answered, asked for or not. */
static uint32_t
answers (const struct guest_disk *disk)
{
  uint32_t rsp_prod;

  if (disk->nqueues == 0)
    return 0;
  memcpy (&rsp_prod, disk->queues[0].ring + 2 * sizeof rsp_prod,
          sizeof rsp_prod);
  return rsp_prod - disk->how.rsp_prod;
}

static bool
get_fact (const struct guest_disk *disk, const char *name, int64_t *value)
{
  const struct { const char *name; int64_t value; } facts[] = {
    { "sectors", disk->sectors }, { "sector-size", disk->sector_size },
    { "info", disk->info }, { "flush", disk->flush },
    { "barrier", disk->barrier }, { "discard", disk->discard },
    { "indirect", disk->indirect }, { "ring", 1 << disk->order },
    { "queues", disk->nqueues }, { "persistent", disk->persistent },
    { "inflight", guest_inflight (disk) }, { "problems", disk->problems },
    { "mapped", fx_maps () }, { "answers", answers (disk) },
  };
  size_t i;

  for (i = 0; i < sizeof facts / sizeof facts[0]; i++)
    if (strcmp (facts[i].name, name) == 0) {
      *value = facts[i].value;
      return true;
    }
  return false;
}

static int
do_expect (struct guest_disk *disk, struct command *command)
{
  struct stillness *still;
  bool good = false, over = false;
  int64_t value;

  if (command->nwords != 2)
    return -1;
  still = stillness_new (command_seconds (command, "timeout", 0));
  while (!good && !over) {
    over = stillness_over (still);
    if (!get_fact (disk, command->words[0], &value))
      break;
    good = value == strtoll (command->words[1], NULL, 0);
    if (!good && over)
      fprintf (stderr, "fake-guest: %s is %" PRId64 ", not %s\n",
               command->words[0], value, command->words[1]);
    else if (!good)
      usleep (1000);
  }
  stillness_free (still);
  return good ? 0 : -1;
}

static void
do_show (struct guest_disk *disk)
{
  printf ("sectors %" PRIu64 " sector-size %u info %u flush %d barrier %d "
          "discard %d indirect %u ring %u queues %u persistent %d "
          "inflight %u problems %u\n", disk->sectors, disk->sector_size,
          disk->info, disk->flush, disk->barrier, disk->discard,
          disk->indirect, 1u << disk->order, disk->nqueues, disk->persistent,
          guest_inflight (disk), disk->problems);
  fflush (stdout);
}

static int
do_sh (const char *line)
{
  int status = system (line);

  return status != -1 && WIFEXITED (status) && WEXITSTATUS (status) == 0
         ? 0 : -1;
}

static int
set_key (struct guest_disk *disk, struct xs_handle *xs, const char *dir,
         struct command *command)
{
  (void) disk;
  if (command->nwords == 0)
    return -1;
  return guest_put (xs, XBT_NULL, dir, command->words[0], "%s",
                    command->nwords > 1 ? command->words[1] : "") ? 0 : -1;
}

static int
rm_key (struct xs_handle *xs, const char *dir, struct command *command)
{
  char path[GUEST_PATH * 2];

  if (command->nwords == 0)
    return -1;
  snprintf (path, sizeof path, "%s/%s", dir, command->words[0]);
  return xs_rm (xs, XBT_NULL, path) ? 0 : -1;
}

static int
do_xenstore (struct guest_disk *disk, const char *name,
             struct command *command)
{
  struct command state = { .nwords = 2, .words = { "state" } };

  if (strcmp (name, "front") == 0)
    return set_key (disk, disk->xs, disk->front, command);
  if (strcmp (name, "back") == 0)
    return set_key (disk, disk->dom0, disk->back, command);
  if (strcmp (name, "front-rm") == 0)
    return rm_key (disk->xs, disk->front, command);
  if (strcmp (name, "back-rm") == 0)
    return rm_key (disk->dom0, disk->back, command);
  if (strcmp (name, "expect-front") == 0)
    return expect_key (disk, disk->front, command);
  if (strcmp (name, "expect-back") == 0)
    return expect_key (disk, disk->back, command);
  if (strcmp (name, "wait-state") == 0)
    return do_wait_state (disk, command);
  if (strcmp (name, "state") == 0 && command->nwords == 1) {
    state.words[1] = command->words[0];
    return set_key (disk, disk->xs, disk->front, &state);
  }
  return -2;
}

static int
do_other (struct guest_disk *disk, const char *name, struct command *command)
{
  if (strcmp (name, "kick") == 0 && disk->nqueues > 0)
    queue_kick (&disk->queues[0]);
  else if (strcmp (name, "abandon") == 0)
    guest_abandon (disk);
  else if (strcmp (name, "show") == 0)
    do_show (disk);
  else if (strcmp (name, "sleep") == 0 && command->nwords == 1)
    usleep (atof (command->words[0]) * 1e6);
  else if (strcmp (name, "echo") == 0)
    puts (command->rest);
  else if (strcmp (name, "reset-problems") == 0)
    disk->problems = 0;
  else if (strcmp (name, "padding") == 0)
    disk->ignore_padding = true;
  else {
    fprintf (stderr, "fake-guest: no such command: %s\n", name);
    return -1;
  }
  return 0;
}

int
run_command (struct guest_disk *disk, const char *name,
             struct command *command)
{
  bool force = command->nwords && strcmp (command->words[0], "force") == 0;
  double timeout = command_seconds (command, "timeout", 10);
  int r;

  if (strcmp (name, "create") == 0)
    return do_create (disk, command);
  if (strcmp (name, "sh") == 0)
    return do_sh (command->rest);
  if (disk->back[0] == '\0' || disk->xs == NULL) {
    fprintf (stderr, "fake-guest: %s: there is no domain yet\n", name);
    return -1;
  }
  if (strcmp (name, "detach") == 0)
    return toolstack_detach (disk, force, timeout);
  if (strcmp (name, "destroy") == 0)
    return toolstack_destroy (disk, timeout);
  if (strcmp (name, "connect") == 0)
    return do_connect (disk, command);
  if (strcmp (name, "close") == 0)
    return do_close (disk, command);
  if (is_io (name))
    return do_io (disk, name, command);
  if (strcmp (name, "drain") == 0)
    return do_drain (disk, command);
  if (strcmp (name, "load") == 0)
    return do_load (disk, command);
  if (strcmp (name, "raw") == 0)
    return do_raw (disk, command);
  if (strcmp (name, "lie") == 0)
    return do_lie (disk, command);
  if (strcmp (name, "flip") == 0)
    return do_flip (disk, command);
  if (strcmp (name, "flood") == 0)
    return do_flood (disk, command);
  if (strcmp (name, "expect") == 0)
    return do_expect (disk, command);
  r = do_xenstore (disk, name, command);
  return r == -2 ? do_other (disk, name, command) : r;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A whole daemon, with operators at its control socket, a toolstack, a
 * frontend and a worker that do what the input says: see README.md.
 */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fake-loop.h"
#include "fake-store.h"
#include "fake-worker.h"
#include "fuzz.h"
#include "operators.h"
#include "toolstack.h"
#include "bridge/daemon/daemon.h"
#include "bridge/daemon/verb.h"

#define STEPS_MAX 2000u /* in a row, until nothing moves any more */
#define ARRAY(a) (sizeof (a) / sizeof (a)[0])

static struct {
  struct ev_loop loop;
  struct settings settings;
  struct daemon daemon;
  struct store store;
  char dir[64];    /* the run directory */
  char socket[RUN_DIR_PATH_MAX]; /* in it */
} world;

static void
remove_dir (void)
{
  unlink (world.socket);
  rmdir (world.dir);
}

static void
make_dir (void)
{
  snprintf (world.dir, sizeof world.dir, "/tmp/nbdback-fuzz.XXXXXX");
  CHECK (mkdtemp (world.dir) != NULL);
  run_dir_control (world.socket, world.dir);
}

/* As watches do: whatever changed, all is looked at. */
static void
note (void)
{
  world.daemon.scan.due = true;
  disks_mark_all (&world.daemon.disks);
}

static void
changed (const char *path, const char *value)
{
  (void) value;
  CHECK (strncmp (path, "/local/domain/", strlen ("/local/domain/")) == 0);
  note ();
}

static void
meanwhile (void)
{
  toolstack_set (FRONTEND, "state", "5");
}

static void
start_daemon (void)
{
  const struct spawn_program program = {
    .worker = "worker", .run_dir = world.dir, .level = LOG_LEVEL_INFO,
  };

  world.store.unreachable = false;
  CHECK (daemon_init (&world.daemon, &world.loop, &world.settings,
                      &program) == 0);
}

/* Once round the loop.  Returns false if there was nothing to do. */
static bool
turn (void)
{
  const bool readable = loop_poll (&world.loop);

  world.daemon.prepare.cb (&world.loop, &world.daemon.prepare, EV_PREPARE);
  return worker_step () || readable || world.loop.idle > 0;
}

static void
settle (void)
{
  unsigned steps;

  for (steps = 0; turn (); steps++)
    CHECK (steps < STEPS_MAX);
}

static void
do_turn (struct input *input)
{
  (void) input;
  turn ();
}

static void
do_settle (struct input *input)
{
  (void) input;
  settle ();
}

static void
do_device (struct input *input)
{
  const unsigned how = input_8 (input);

  toolstack_make_device (how);
  if (how & 8)
    toolstack_set (BACKEND, "dev", "xvda");
  toolstack_set (FRONTEND, "state", "1");
}

static void
do_rings (struct input *input)
{
  static const char *const states[] = { "1", "3", "4", "5", "6" };

  toolstack_make_rings ();
  toolstack_set (FRONTEND, "state", states[input_8 (input) % 5]);
}

/* Another guest's disk, with a target of any length: lists have pages. */
static void
do_other_device (struct input *input)
{
  const unsigned devid = 16 * (input_8 (input) % 8), n = input_16 (input);
  char dir[64], front[64], target[STORE_VALUE_MAX];

  snprintf (dir, sizeof dir, "/local/domain/0/backend/vbd/4/%u", devid);
  snprintf (front, sizeof front, "/local/domain/4/device/vbd/%u", devid);
  snprintf (target, sizeof target, "nbd://h/%0*u", (int) (n % 4000), n);
  toolstack_set (dir, "frontend", front);
  toolstack_set (dir, "frontend-id", "4");
  toolstack_set (dir, "params", target);
  toolstack_set (dir, "mode", "w");
  toolstack_set (dir, "dev", "xvdb");
  toolstack_set (dir, "state", "1");
}

/* The device as above, as far as it may come. */
static void
do_all_well (struct input *input)
{
  toolstack_make_device (14);
  toolstack_set (BACKEND, "dev", "xvda");
  toolstack_set (FRONTEND, "state", "1");
  settle ();
  worker_open (false);
  settle ();
  if (input_8 (input) & 1)
    return;
  toolstack_make_rings ();
  toolstack_set (FRONTEND, "state", "3");
  settle ();
  toolstack_set (FRONTEND, "state", "4");
  settle ();
}

static void
do_worker (struct input *input)
{
  const unsigned what = input_8 (input);

  fake_worker.slow = what & 8;
  fake_worker.refuse_start = what & 16;
  fake_worker.refuse_send = what & 32;
  fake_worker.refuse_rings = what & 64;
  if ((what & 7) == 6)
    fake_worker.old = what & 128; /* the next one */
  if (!fake_worker.alive)
    return;
  switch (what & 7) {
  case 0: worker_open (what & 128); break;
  case 1: worker_attempt ("connection refused"); break;
  case 2: worker_fail ("no such target"); break;
  case 3: worker_server (what >> 5 & 3); break;
  case 4: worker_break_rings (); break;
  case 5: worker_die (what); break;
  case 7:
    fake_worker.strange = what & 128;
    worker_say ();
    break;
  }
}

static void
do_step (struct input *input)
{
  (void) input;
  worker_step ();
}

static void
do_time (struct input *input)
{
  loop_advance (&world.loop, input_8 (input) / 4.);
}

static void
do_restart (struct input *input)
{
  (void) input;
  daemon_free (&world.daemon);
  start_daemon ();
}

static void
do_fault (struct input *input)
{
  static const int errors[] = { EIO, ENOSPC, EACCES, E2BIG };
  const unsigned what = input_8 (input);

  world.store.fail = what >> 2 & 7;
  world.store.fail_error = errors[what & 3];
  world.store.conflicts = what >> 5 & 3;
  world.store.unreachable = what & 128;
}

static unsigned
who (struct input *input)
{
  return input_8 (input) % OPERATORS;
}

static void
do_connect (struct input *input)
{
  operators_connect (who (input), world.socket);
}

static void
do_connect_all (struct input *input)
{
  unsigned n;

  (void) input;
  for (n = 0; n < OPERATORS; n++) {
    operators_connect (n, world.socket);
    if (n % 8 == 7)
      loop_poll (&world.loop);
  }
}

static void
do_hang_up (struct input *input)
{
  operators_hang_up (who (input));
}

static void
do_bytes (struct input *input)
{
  operators_send_bytes (who (input), input);
}

static void
do_long (struct input *input)
{
  operators_send_long (who (input), input);
}

static void
do_ask (struct input *input)
{
  operators_ask (who (input), input);
}

static void
do_claim (struct input *input)
{
  operators_claim (who (input), input);
}

static void
do_read (struct input *input)
{
  operators_read (who (input));
}

static void (*const actions[]) (struct input *input) = {
  do_turn, do_settle, do_ask, do_connect, do_read, do_all_well, do_worker,
  do_step, do_time, do_bytes, do_long, do_claim, do_hang_up, do_device,
  do_rings, do_other_device, toolstack_do_backend, toolstack_do_frontend,
  toolstack_do_unset, do_restart, do_fault, do_connect_all,
};

static void
set_up (void)
{
  memset (&world.loop, 0, sizeof world.loop);
  memset (&fake_worker, 0, sizeof fake_worker);
  fake_worker.operators = true;
  settings_init (&world.settings);
  world.settings.max_queues = 4; /* whatever the host has */
  world.settings.resize_poll = 20;
  world.store.lost = false;
  world.store.fail = world.store.conflicts = 0;
  world.store.changed = changed;
  world.store.meanwhile = meanwhile;
  fake_store_open = toolstack_store = &world.store;
  toolstack_noted = note;
  toolstack_set ("/local/domain/3", "vm", "/vm/3");
  toolstack_set ("/local/domain/4", "vm", "/vm/4");
  make_dir ();
  start_daemon ();
}

/* However long a question may take, it ends. */
static void
wait_for_answers (void)
{
  unsigned i;

  for (i = 0; i < 4; i++) {
    settle ();
    loop_advance (&world.loop, VERB_WAIT_MAX + ASK_CLAIM);
  }
  settle ();
  operators_check_answered ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct input input = { data, data + size };

  set_up ();
  while (input.at < input.end)
    actions[input_8 (&input) % ARRAY (actions)] (&input);
  do_fault (&input); /* no faults any more */
  fake_worker.refuse_send = false;
  wait_for_answers ();
  daemon_free (&world.daemon);
  operators_end ();
  worker_end ();
  fake_store_clear (&world.store);
  remove_dir ();
  CHECK (!loop_busy (&world.loop));
  return 0;
}

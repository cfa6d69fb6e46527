/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The handshake and what it rests on, with a toolstack, a frontend and a
 * worker that do what the input says: see README.md.
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "fake-loop.h"
#include "fake-store.h"
#include "fake-worker.h"
#include "fuzz.h"
#include "toolstack.h"
#include "bridge/daemon/disks.h"

#define ERROR_DIR "/local/domain/0/error"
#define STEPS_MAX 300u /* in a row, until nothing moves any more */

#define ARRAY(a) (sizeof (a) / sizeof (a)[0])

static struct {
  struct ev_loop loop;
  struct settings settings;
  struct disks disks;
  struct store store;
  bool noted;          /* there was a watch event */
  bool removed_meanwhile;
} world;

static const struct device_id id = { DEVICE_VBD, 3, 51712 };

/* The disk, unless it is leaving; NULL if there is none. */
static struct disk *
find_disk (void)
{
  return disks_find (&world.disks, &id);
}

/* A watch event, as the daemon passes it on. */
static void
note (void)
{
  world.noted = true;
  disks_mark_all (&world.disks);
}

static int
own_state (void)
{
  const char *text = fake_store_get (&world.store, BACKEND "/state");

  return text ? atoi (text) : 0;
}

static void
check_state (const char *value)
{
  const struct message_status *status = &fake_worker.status;
  const bool linked = fake_worker.alive && fake_worker.link &&
                      fake_worker.link->fd != -1;

  CHECK (value != NULL && value[0] >= '2' && value[0] <= '6' && !value[1]);
  CHECK (value[0] != '3'); /* GRUB takes Initialised for the end */
  if (value[0] == '4' && linked) {
    const char *kept = fake_store_get (&world.store,
                                       BACKEND "/feature-persistent");
    const char *most = fake_store_get (&world.store, BACKEND
                                       "/feature-max-indirect-segments");

    CHECK (status->target == HANDSHAKE_TARGET_OPEN &&
           status->rings == HANDSHAKE_RINGS_CONNECTED);
    CHECK (kept && (kept[0] == '1') == status->persistent);
    CHECK ((most != NULL) == (status->indirect > 0));
  }
  if (value[0] == '6' && linked && !fake_worker.link->quitting)
    CHECK (!worker_has_rings ()); /* or the guest reuses mapped pages */
}

/* What we write to the store. */
static void
changed (const char *path, const char *value)
{
  if (strncmp (path, ERROR_DIR "/", strlen (ERROR_DIR "/")) == 0)
    return;
  CHECK (strncmp (path, BACKEND "/", strlen (BACKEND "/")) == 0);
  /* A device that is gone does not come back because of us. */
  CHECK (fake_store_get (&world.store, BACKEND "/frontend") != NULL);
  if (strcmp (path, BACKEND "/state") == 0)
    check_state (value);
  note ();
}

static void
meanwhile (void)
{
  if (world.removed_meanwhile)
    toolstack_unset (BACKEND);
  else
    toolstack_set (FRONTEND, "state", "5");
}

/* As the daemon's turn.  Returns false if there is nothing more to do. */
static bool
update (void)
{
  const bool linked = fake_worker.alive && fake_worker.link;
  bool more;

  if (world.store.lost)
    return false;
  world.noted = false;
  if (store_exists (&world.store, BACKEND) == 1)
    disks_see (&world.disks, &id);
  more = disks_update (&world.disks);
  /* A disk is not over before its worker is. */
  CHECK (!linked || fake_worker.link || !fake_worker.alive);
  return more || world.noted;
}

static void
settle (void)
{
  unsigned steps;
  bool more = true;

  for (steps = 0; more; steps++) {
    CHECK (steps < STEPS_MAX);
    more = update ();
    more |= worker_step ();
  }
}

static void
do_update (struct input *input)
{
  (void) input;
  update ();
}

static void
do_settle (struct input *input)
{
  (void) input;
  settle ();
}

static void
do_step (struct input *input)
{
  (void) input;
  worker_step ();
}

static void
do_device (struct input *input)
{
  toolstack_make_device (input_8 (input));
  toolstack_set (FRONTEND, "state", "1");
}

static void
do_rings (struct input *input)
{
  static const char *const states[] = {
    "0", "1", "2", "3", "4", "5", "6", "7"
  };

  toolstack_make_rings ();
  toolstack_set (FRONTEND, "state", states[input_8 (input) & 7]);
}

static void
do_worker (struct input *input)
{
  const unsigned what = input_8 (input);

  fake_worker.refuse_start = what & 16;
  fake_worker.refuse_send = what & 32;
  fake_worker.refuse_rings = what & 64;
  if (!fake_worker.alive)
    return;
  switch (what & 7) {
  case 0: worker_open (false); break;
  case 1: worker_open (true); break;
  case 2: worker_attempt ("connection refused"); break;
  case 3: worker_fail ("no such target"); break;
  case 4: worker_server (what >> 4 & 7 % 5); break;
  case 5: worker_break_rings (); break;
  case 6: worker_die (what); break;
  case 7:
    fake_worker.strange = true;
    worker_say ();
    break;
  }
}

static void
do_time (struct input *input)
{
  loop_advance (&world.loop, input_8 (input) / 8.);
}

static void
do_claim (struct input *input)
{
  if (input_8 (input) & 1)
    toolstack_set (BACKEND, "hotplug-status", "connected");
  if (find_disk ())
    disk_claim (find_disk ());
}

/* The daemon is killed, and started again.  By what names its target a device
 * stays the same for its life.
 */
static void
do_restart (struct input *input)
{
  const struct disk *disk = find_disk ();

  (void) input;
  if (disk && disk->phase == DISK_OURS &&
      fake_store_get (&world.store, BACKEND "/state")) {
    const struct device_config *config = &disk->facts.config;

    toolstack_set (BACKEND, "params", config->params);
    toolstack_set (BACKEND, "script", config->script);
    toolstack_set (BACKEND, "mode", config->writable ? "w" : "r");
    toolstack_set (BACKEND, "frontend", FRONTEND);
    toolstack_set (BACKEND, "frontend-id", "3");
    toolstack_set (BACKEND, "dev", config->vdev);
    toolstack_set (BACKEND, "device-type", "disk");
  }
  disks_free (&world.disks);
}

static void
do_fault (struct input *input)
{
  static const int errors[] = { EIO, ENOSPC, EACCES, E2BIG };
  const unsigned what = input_8 (input);

  world.store.lost = false; /* the daemon has connected again */
  note ();
  world.store.fail = what >> 2 & 7;
  world.store.fail_error = errors[what & 3];
  world.store.conflicts = what >> 5 & 3;
  world.removed_meanwhile = what & 128;
}

static void (*const actions[]) (struct input *input) = {
  do_update, do_step, do_settle, toolstack_do_backend, toolstack_do_frontend,
  toolstack_do_unset,
  do_device, do_rings, do_worker, do_time, do_claim, do_restart, do_fault,
};

/* Let timers go off and the server answer, until that changes nothing. */
static void
rest (void)
{
  unsigned i;

  for (i = 0; i < 6; i++) {
    settle ();
    if (fake_worker.alive)
      worker_open (false);
    settle ();
    loop_advance (&world.loop, DISK_RETRY_MAX);
  }
  settle ();
}

/* Whatever went before: with a toolstack, a frontend and a server that do
 * all right, the device is connected, and closes.
 */
static void
go_well (void)
{
  const struct disk *disk;

  toolstack_set (FRONTEND, "state", "6");
  rest ();
  toolstack_unset (BACKEND);
  rest ();
  CHECK (world.disks.all == NULL);
  if (!fake_worker.link)
    worker_die (9); /* a restarted daemon ends those without a device */
  CHECK (!worker_has_rings ());
  toolstack_make_device (6);
  toolstack_set (FRONTEND, "state", "1");
  rest ();
  disk = find_disk ();
  CHECK (disk != NULL && disk->phase == DISK_OURS && own_state () == 2);
  CHECK (disk->target.state == HANDSHAKE_TARGET_OPEN);
  toolstack_make_rings ();
  toolstack_set (FRONTEND, "state", "3");
  rest ();
  CHECK (own_state () == 4 && worker_has_rings ());
}

/* A frontend that starts over is served, if the toolstack left all as it is;
 * one that goes is let go.
 */
static void
go_on (void)
{
  const struct disk *disk = find_disk ();

  toolstack_set (FRONTEND, "state", "6");
  rest ();
  toolstack_make_rings ();
  toolstack_set (FRONTEND, "state", "1");
  toolstack_set (BACKEND, "frontend", FRONTEND);
  toolstack_set (BACKEND, "hotplug-status", "connected");
  toolstack_set (BACKEND, "online", "1");
  rest ();
  if (!disk || find_disk () != disk || disk->phase != DISK_OURS ||
      strcmp (disk->facts.paths.frontend, FRONTEND) != 0)
    return;
  CHECK (own_state () == 2);
  toolstack_set (FRONTEND, "state", "3");
  rest ();
  CHECK (own_state () == 4 || disk->target.state != HANDSHAKE_TARGET_OPEN);
  toolstack_set (FRONTEND, "state", "6");
  rest ();
  CHECK (own_state () == 6 && !worker_has_rings ());
}

static void
set_up (void)
{
  static const struct spawn_program program = { .worker = "worker" };

  memset (&world.loop, 0, sizeof world.loop);
  memset (&fake_worker, 0, sizeof fake_worker);
  settings_init (&world.settings);
  world.settings.max_queues = 4; /* whatever the host has */
  world.settings.tune.persistent = 1;
  world.store.lost = false;
  world.store.fail = world.store.conflicts = 0;
  world.store.changed = changed;
  world.store.meanwhile = meanwhile;
  disks_init (&world.disks, &world.loop, &world.settings, &program);
  disks_connect (&world.disks, &world.store, 0);
  toolstack_store = &world.store;
  toolstack_noted = note;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct input input = { data, data + size };

  set_up ();
  while (input.at < input.end)
    actions[input_8 (&input) % ARRAY (actions)] (&input);
  do_fault (&input); /* no faults any more */
  fake_worker.refuse_start = fake_worker.refuse_send = false;
  fake_worker.refuse_rings = false;
  if (size > 0 && data[size - 1] & 1)
    go_on ();
  if (size > 0 && data[size - 1] & 2)
    go_well ();
  disks_free (&world.disks);
  worker_end ();
  fake_store_clear (&world.store);
  CHECK (!loop_busy (&world.loop));
  return 0;
}

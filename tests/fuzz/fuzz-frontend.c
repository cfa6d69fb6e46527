/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The ring, queue and volume code between a frontend and an NBD server that
 * do what the input says: see README.md.
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "fake-guest.h"
#include "fake-loop.h"
#include "fake-nbd.h"
#include "front.h"
#include "fuzz.h"
#include "model.h"
#include "bridge/worker/memory.h"
#include "bridge/worker/session.h"

#define TURNS_MAX 300u /* in a row, until nothing moves any more */

static struct {
  struct ev_loop loop;
  struct session session;
  struct volume_common common;
  struct nbd_client client;
  struct message_connect connect;
  unsigned pages;   /* of a ring */
  bool kick;        /* the daemon has spoken: a turn follows */
  bool cancelled;   /* this time, closing did not wait for the server */
} world;

/* Text pages are what coverage is measured in. */
void
memory_release_text (void)
{
}

static bool
awake (void)
{
  bool wake = world.kick || world.loop.idle > 0 || world.client.activity;
  unsigned i;

  for (i = 0; i < GUEST_RINGS; i++) {
    const struct guest_ring *ring = &guest.rings[i];

    if (ring->bound && ring->event && !ring->masked)
      wake |= loop_readable (&world.loop, GUEST_FD + i);
  }
  return wake;
}

/* All that there was has ended. */
static void
check_idle (void)
{
  const struct volume *volume = &world.session.volume;
  const bool flush = volume->rings.bounds.flush && !world.cancelled &&
                     !volume->flush.error;

  CHECK (model_open () == 0);
  CHECK (world.client.count == 0);
  CHECK (guest.opened == 0 && !guest.rings[0].mapped && !guest.rings[1].mapped);
  CHECK (!guest.rings[0].bound && !guest.rings[1].bound);
  CHECK (volume->barrier == NULL && volume->phase == VOLUME_IDLE);
  CHECK (!flush || world.client.last_write <= world.client.flushed);
}

static void
turn (void)
{
  struct volume *volume = &world.session.volume;
  const bool connected = volume->nqueues > 0;
  const unsigned before = world.client.turns;
  unsigned i;

  world.kick = false;
  world.cancelled |= volume->phase == VOLUME_CANCELLING;
  session_turn (&world.session);
  CHECK (world.client.turns - before <= 2 * VOLUME_ROUNDS);
  for (i = 0; i < fronts.count; i++)
    CHECK (guest.rings[i].notified == fronts.of[i].expected);
  if (connected && volume->nqueues == 0)
    check_idle ();
  if (session_broken (&world.session) && volume->phase == VOLUME_CONNECTED) {
    session_disconnect (&world.session); /* as the worker does */
    world.kick = true;
  }
}

/* Turns for as long as there is a reason to. */
static void
settle (void)
{
  unsigned turns;

  for (turns = 0; awake (); turns++) {
    CHECK (turns < TURNS_MAX);
    turn ();
  }
}

static void
do_turn (struct input *input)
{
  if (awake () || input_8 (input) % 4 == 0)
    turn ();
}

static int
choose_error (struct input *input)
{
  static const int errors[] = { 0, 0, 0, EIO, ENOSPC, ENOTSUP, EPERM, EINVAL };

  return errors[input_8 (input) % 8];
}

static void
do_complete (struct input *input)
{
  const unsigned n = input_8 (input);

  nbd_complete (&world.client, n, choose_error (input));
}

static void
do_automatic (struct input *input)
{
  const unsigned mode = input_8 (input);

  world.client.automatic = mode & 1;
  world.client.backwards = mode & 2;
  world.client.automatic_error = choose_error (input);
  world.client.activity |= world.client.automatic;
}

static void
do_server (struct input *input)
{
  struct nbd_client *client = &world.client;
  const bool away = client->status.state >= NBD_CLIENT_HELD;

  switch (input_8 (input) % 4) {
  case 0:
    if (!away)
      nbd_lose (client, input_8 (input));
    break;
  case 1:
    if (away)
      nbd_set_state (client, NBD_CLIENT_GIVEN_UP);
    break;
  case 2:
    if (!away)
      nbd_set_state (client, NBD_CLIENT_SLOW);
    break;
  default:
    nbd_set_state (client, NBD_CLIENT_OPEN);
  }
}

static void
do_guest (struct input *input)
{
  struct front *front = front_choose (input);
  const unsigned value = input_8 (input);

  fronts.scribble = value & 1;
  fronts.late = value >> 4;
  if (value & 2)
    front_want (front, value >> 2 & 3);
  if (value & 4 && guest.rings[0].bound)
    guest.rings[0].event = true;
}

static void
do_time (struct input *input)
{
  if (loop_advance (&world.loop, (input_8 (input) & 63) / 8.))
    world.kick = true;
}

static void
do_disconnect (struct input *input)
{
  (void) input;
  if (world.session.volume.phase == VOLUME_CONNECTED)
    world.cancelled = false;
  session_disconnect (&world.session);
  world.kick = true;
}

static void
connect_rings (unsigned how)
{
  struct device_rings *rings = &world.connect.rings;
  char error[DEVICE_ERROR_MAX] = "";
  unsigned i, j;

  world.connect.sector_size = BLKIF_SECTOR;
  rings->abi = fronts.abi;
  rings->count = fronts.count;
  for (i = 0; i < fronts.count; i++) {
    rings->rings[i].port = GUEST_PORT + i;
    rings->rings[i].pages = world.pages;
    for (j = 0; j < world.pages; j++)
      rings->rings[i].refs[j] = GUEST_RING_REF + i * GUEST_RING_STEP + j;
  }
  guest.fail_open = how >> 2 & 7;
  if (how & 0x20)
    rings->rings[how >> 6 & (fronts.count - 1)].refs[0]++;
  if (session_connect (&world.session, &world.connect, 0, 1,
                       FAILURE_INTO (error)) == -1) {
    CHECK (memchr (error, '\0', sizeof error) && error[0] != '\0');
    check_idle ();
  }
  guest.fail_open = 0;
  world.kick = true;
}

static void
do_connect (struct input *input)
{
  const unsigned how = input_8 (input);

  if (world.session.volume.nqueues > 0)
    return;
  if (how & 1)
    front_new_rings (world.pages);
  connect_rings (how);
}

/* One request a second, which for the fuzzer is none at all; 0: no limit. */
static void
set_limit (uint64_t rate)
{
  struct tune tune = world.session.volume.tune;

  tune.limits[TUNE_OPS].rate = rate;
  session_tune (&world.session, &tune);
}

static void
do_operator (struct input *input)
{
  const unsigned what = input_8 (input);

  if (what & 2)
    set_limit (what >> 2 & 1);
  else if (what & 1)
    session_stop (&world.session, "by the operator");
  else
    session_resume (&world.session);
  world.kick = true;
}

static void (*const actions[]) (struct input *input) = {
  do_turn, front_do_put, front_do_put_next, front_do_publish, do_complete,
  do_automatic, do_server, guest_do_page, do_guest, do_time, front_do_lie,
  front_do_put_odd, do_disconnect, do_connect, front_do_put_many,
  front_do_put_indirect, do_operator,
};

static void
set_up (struct input *input)
{
  static const char *const abis[] = {
    "x86_64-abi", "x86_32-abi", "arm-abi", "x86_64-abi"
  };
  static const uint32_t minima[] = { 1, 512, 4096, 65536 };
  static const uint32_t maxima[] = { 0, 65536, 1 << 20, 32 << 20 };
  static const unsigned pages[] = { 1, 1, 2, 16 };
  const unsigned shape = input_8 (input), flags = input_8 (input);
  const unsigned blocks = input_8 (input);
  struct nbd_client_export *export = &world.client.export;

  guest_init ();
  nbd_init (&world.client);
  session_init (&world.session, "fuzzed", GUEST_DOMID, NULL, &world.common);
  world.session.volume.loop = &world.loop;
  world.session.volume.client = &world.client;
  world.client.in_turn = front_in_turn;
  world.client.submitting = model_submitted;
  export->read_only = flags & 1;
  export->flush = !(flags & 2);
  export->trim = !(flags & 4);
  export->fua = flags & 64 && !export->read_only;
  world.session.volume.tune.detect_zeroes = flags >> 7 & 1;
  /* Not TUNE_IGNORE: the model insists on the truth. */
  world.session.volume.tune.on_read_error = blocks & 16 ? TUNE_STOP : TUNE_REPORT;
  world.session.volume.tune.on_write_error = blocks & 32 ? TUNE_STOP :
                                     blocks & 64 ? TUNE_ENOSPC : TUNE_REPORT;
  export->minimum_block = minima[blocks & 3];
  export->maximum_block = maxima[blocks >> 2 & 3];
  world.connect.read_only = flags & 8;
  world.connect.flush = !(flags & 16);
  world.connect.discard = !(flags & 32);
  world.connect.persistent = shape & 64;
  world.connect.indirect = shape & 32 ? 0 : BLKIF_INDIRECT_MAX;
  world.kick = world.cancelled = false;
  model_init (&world.session.volume, &world.client);
  memset (&fronts, 0, sizeof fronts);
  fronts.abi = blkif_abi_find (abis[shape & 3]);
  fronts.count = 1 + (shape >> 2 & 1);
  fronts.volume = &world.session.volume;
  world.pages = pages[shape >> 3 & 3];
  front_new_rings (world.pages);
  connect_rings (0);
}

static uint32_t
answers (void)
{
  return fronts.of[0].seen + fronts.of[1].seen;
}

/* As many seconds as an empty flush is tried for. */
static void
let_retry (void)
{
  unsigned i;

  for (i = 0; i <= POLICY_TRIES && model_open () > 0; i++) {
    session_resume (&world.session);
    loop_advance (&world.loop, POLICY_AGAIN);
    world.kick = true;
    settle ();
  }
}

/* With a server that answers well, all comes to an end by itself, without an
 * event too many.  One that fails everything has to be waited for with each
 * barrier anew, but only so long.
 */
static void
finish_honestly (void)
{
  uint32_t before;
  unsigned i;

  fronts.late = 0;
  nbd_set_state (&world.client, NBD_CLIENT_OPEN);
  world.client.automatic = true;
  for (i = 0; i < fronts.count; i++)
    front_publish (&fronts.of[i], UINT32_MAX);
  settle ();
  set_limit (0);
  session_resume (&world.session);
  world.session.volume.tune.on_read_error = TUNE_REPORT;
  world.session.volume.tune.on_write_error = TUNE_REPORT;
  world.kick = true;
  settle ();
  before = answers ();
  let_retry ();
  CHECK (model_open () == 0 || answers () != before);
  world.client.automatic_error = 0;
  let_retry ();
  CHECK (model_open () == 0);
  for (i = 0; world.session.volume.phase == VOLUME_CONNECTED &&
              i < world.session.volume.nqueues; i++)
    if (fronts.of[i].honest)
      CHECK (fronts.of[i].seen == fronts.of[i].prod);
}

static void
finish (unsigned how)
{
  unsigned tries;

  if (how & 1)
    finish_honestly ();
  world.client.automatic = how & 2;
  if (how & 4 && world.client.status.state < NBD_CLIENT_HELD)
    nbd_lose (&world.client, how);
  do_disconnect (NULL);
  for (tries = 0; tries < 4; tries++) {
    settle ();
    if (loop_advance (&world.loop, SESSION_DRAIN))
      world.kick = true;
  }
  CHECK (world.session.volume.nqueues == 0 && world.client.count == 0);
  CHECK (!loop_busy (&world.loop));
  guest_end ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct input input = { data, data + size };

  set_up (&input);
  while (input.at < input.end)
    actions[input_8 (&input) % (sizeof actions / sizeof actions[0])] (&input);
  finish (size > 0 ? data[size - 1] : 1);
  return 0;
}

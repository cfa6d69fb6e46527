/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The handshake as various frontends do it.  They differ in what they wait
 * for, what they publish, and what they take for the end.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define ANY_STATE 0x1ffu

static const struct {
  unsigned before;   /* states of the backend to wait for; 0: none */
  unsigned publish;  /* own state written with the keys */
  unsigned patience; /* states of the backend to sit through */
  unsigned finally;  /* own state at the end */
  bool writes_initialising;
} styles[STYLES] = {
  [STYLE_LINUX]   = { ST (2), 3, ST (1) | ST (2) | ST (3), 4, false },
  [STYLE_GRUB]    = { 0, 3, ST (2), 3, false },
  [STYLE_MINIOS]  = { 0, 4, ST (0) | ST (1) | ST (2) | ST (3), 4, false },
  [STYLE_OVMF]    = { 0, 4, ST (0) | ST (1) | ST (2) | ST (3), 4, false },
  [STYLE_WINDOWS] = { ST (2), 3, ST (1) | ST (2) | ST (3), 4, true },
  [STYLE_FREEBSD] = { ST (2) | ST (3) | ST (4), 3,
                      ST (1) | ST (2) | ST (3), 4, false },
};

static bool
set_state (struct guest_disk *disk, unsigned state)
{
  if (guest_put (disk->xs, XBT_NULL, disk->front, "state", "%u", state))
    return true;
  guest_problem (disk, "cannot write state %u: %s", state, strerror (errno));
  return false;
}

static unsigned
smaller (unsigned wanted, int64_t offered)
{
  return offered < (int64_t) wanted ? (unsigned) offered : wanted;
}

static void
negotiate (struct guest_disk *disk)
{
  const struct guest_connect *how = &disk->how;

  disk->order = how->order;
  disk->nqueues = how->queues;
  if (!how->forced) {
    disk->order = smaller (how->order,
                           guest_number (disk->xs, disk->back,
                                         "max-ring-page-order", 0));
    disk->nqueues = smaller (how->queues,
                             guest_number (disk->xs, disk->back,
                                           "multi-queue-max-queues", 1));
  }
  disk->abi = how->protocol && strcmp (how->protocol, "x86_64-abi") != 0 &&
              strcmp (how->protocol, "arm-abi") != 0
              ? ABI_X86_32 : ABI_X86_64;
}

static void
write_queue (struct guest_disk *disk, xs_transaction_t t,
             const struct guest_queue *queue)
{
  const bool plain = disk->order == 0 &&
                     strcmp (disk->how.naming, "zero") != 0;
  char dir[GUEST_PATH + 16], key[32];
  unsigned i;

  if (disk->nqueues > 1)
    snprintf (dir, sizeof dir, "%s/queue-%u", disk->front, queue->number);
  else
    snprintf (dir, sizeof dir, "%s", disk->front);
  if (plain)
    guest_put (disk->xs, t, dir, "ring-ref", "%u", queue->refs[0]);
  for (i = 0; !plain && i < 1u << disk->order; i++) {
    snprintf (key, sizeof key, "ring-ref%u", i);
    guest_put (disk->xs, t, dir, key, "%u", queue->refs[i]);
  }
  guest_put (disk->xs, t, dir, "event-channel", "%d", queue->port);
}

static void
write_keys (struct guest_disk *disk, xs_transaction_t t)
{
  const struct guest_connect *how = &disk->how;
  unsigned i;

  if (disk->nqueues > 1)
    guest_put (disk->xs, t, disk->front, "multi-queue-num-queues", "%u",
               disk->nqueues);
  if (strcmp (how->naming, "num") == 0)
    guest_put (disk->xs, t, disk->front, "num-ring-pages", "%u",
               1u << disk->order);
  else if (disk->order > 0 || strcmp (how->naming, "zero") == 0)
    guest_put (disk->xs, t, disk->front, "ring-page-order", "%u",
               disk->order);
  if (how->style == STYLE_FREEBSD) {
    guest_put (disk->xs, t, disk->front, "ring-page-order", "%u",
               disk->order);
    guest_put (disk->xs, t, disk->front, "num-ring-pages", "%u",
               1u << disk->order);
    guest_put (disk->xs, t, disk->front, "max-requests", "%u", 32u);
  }
  for (i = 0; i < disk->nqueues; i++)
    write_queue (disk, t, &disk->queues[i]);
  if (how->protocol == NULL || strcmp (how->protocol, "none") != 0)
    guest_put (disk->xs, t, disk->front, "protocol", "%s",
               how->protocol ? how->protocol : "x86_64-abi");
  if (how->style == STYLE_LINUX || how->persistent)
    guest_put (disk->xs, t, disk->front, "feature-persistent", "%u",
               (unsigned) how->persistent);
}

/* Publish the keys and the state in one go. */
static bool
publish (struct guest_disk *disk, unsigned state)
{
  unsigned tries;

  for (tries = 0; tries < 64; tries++) {
    xs_transaction_t t = xs_transaction_start (disk->xs);

    if (t == XBT_NULL)
      break;
    write_keys (disk, t);
    guest_put (disk->xs, t, disk->front, "state", "%u", state);
    if (xs_transaction_end (disk->xs, t, false))
      return true;
    if (errno != EAGAIN)
      break;
  }
  guest_problem (disk, "cannot publish: %s", strerror (errno));
  return false;
}

/* What is read when the backend is connected. */
static int
read_backend (struct guest_disk *disk)
{
  int64_t sectors = guest_number (disk->xs, disk->back, "sectors", -1);
  int64_t size = guest_number (disk->xs, disk->back, "sector-size", -1);
  int64_t info = guest_number (disk->xs, disk->back, "info", -1);

  if (sectors < 0 || size < 512 || size > 4096 || (size & (size - 1)) ||
      info < 0) {
    guest_problem (disk, "backend is connected with sectors %" PRId64
                   ", sector-size %" PRId64 ", info %" PRId64, sectors, size,
                   info);
    return -1;
  }
  disk->sectors = sectors;
  disk->sector_size = size;
  disk->info = info;
  disk->flush = guest_number (disk->xs, disk->back, "feature-flush-cache",
                              -1);
  disk->barrier = guest_number (disk->xs, disk->back, "feature-barrier", -1);
  disk->discard = guest_number (disk->xs, disk->back, "feature-discard", 0);
  disk->indirect = guest_number (disk->xs, disk->back,
                                 "feature-max-indirect-segments", 0);
  if (disk->indirect > 0 && disk->indirect <= ABI_SEGMENTS)
    guest_problem (disk, "feature-max-indirect-segments is only %u",
                   disk->indirect);
  if (disk->how.style == STYLE_MINIOS &&
      (disk->flush == -1 || disk->barrier == -1))
    guest_problem (disk, "mini-os reads a missing feature-flush-cache or "
                   "feature-barrier as -1");
  if (disk->how.segments > ABI_SEGMENTS && disk->how.segments >
      disk->indirect)
    disk->how.segments = disk->indirect > ABI_SEGMENTS ? disk->indirect
                                                       : ABI_SEGMENTS;
  return 0;
}

/* Queues before the backend's features are known: segments are a wish. */
static int
open_queues (struct guest_disk *disk)
{
  unsigned i;

  disk->persistent = disk->how.persistent;
  if (disk->how.persistent &&
      guest_number (disk->xs, disk->back, "feature-persistent", 0) != 1 &&
      guest_number (disk->xs, disk->back, "state", 0) == 4)
    disk->persistent = false;
  for (i = 0; i < disk->nqueues; i++) {
    disk->queues[i] = (struct guest_queue) { .disk = disk, .number = i };
    if (queue_open (&disk->queues[i], disk->order) == -1) {
      disk->nqueues = i + 1;
      return -1;
    }
  }
  return 0;
}

/* Negotiated at Connected; requests so far have granted nothing. */
static void
settle_persistent (struct guest_disk *disk)
{
  unsigned i, j;
  uint32_t k;

  if (!disk->persistent ||
      guest_number (disk->xs, disk->back, "feature-persistent", 0) == 1)
    return;
  disk->persistent = false;
  for (i = 0; i < disk->nqueues; i++)
    for (k = 0; k < disk->queues[i].size; k++)
      for (j = 0; j < disk->how.segments; j++)
        fx_revoke (disk->domain, disk->queues[i].requests[k].refs[j]);
}

int
guest_connect (struct guest_disk *disk, const struct guest_connect *how)
{
  int state;

  disk->how = *how;
  if (styles[how->style].writes_initialising)
    set_state (disk, 1);
  if (styles[how->style].before &&
      guest_wait (disk, styles[how->style].before, how->timeout) == -1) {
    guest_problem (disk, "%s: backend is not ready: state %" PRId64,
                   guest_style_names[how->style],
                   guest_number (disk->dom0, disk->back, "state", 0));
    return -1;
  }
  negotiate (disk);
  if (open_queues (disk) == -1 || !publish (disk, styles[how->style].publish))
    return -1;
  state = guest_wait (disk, ANY_STATE & ~styles[how->style].patience,
                      how->timeout);
  if (state != 4) {
    guest_problem (disk, "%s: backend has state %d, not 4",
                   guest_style_names[how->style], state);
    return -1;
  }
  if (read_backend (disk) == -1)
    return -1;
  settle_persistent (disk);
  disk->connected = true;
  if (styles[how->style].finally != styles[how->style].publish)
    set_state (disk, styles[how->style].finally);
  return 0;
}

/* One step: write a state, wait for one of the backend's. */
static int
step (struct guest_disk *disk, unsigned own, unsigned wanted, double timeout)
{
  int state;

  if (!set_state (disk, own))
    return -1;
  state = guest_wait (disk, wanted, timeout);
  if (state != -1)
    return 0;
  guest_problem (disk, "own state %u: backend has state %" PRId64, own,
                 guest_number (disk->dom0, disk->back, "state", 0));
  return -1;
}

/* Does the backend stop at Closing, for those that need to see it? */
static int
step_closing (struct guest_disk *disk, double timeout)
{
  if (!set_state (disk, 5))
    return -1;
  if (guest_wait (disk, ST (5) | ST (6) | ST (0), timeout) == 5)
    return 0;
  guest_problem (disk, "ovmf: backend went on to state %" PRId64 ", not 5",
                 guest_number (disk->dom0, disk->back, "state", 0));
  return -1;
}

void
guest_abandon (struct guest_disk *disk)
{
  unsigned i;

  for (i = 0; i < disk->nqueues; i++)
    queue_close (&disk->queues[i]);
  disk->nqueues = 0;
  disk->connected = false;
}

/* Linux leaves its keys; the loaders clean up after themselves. */
static void
forget_keys (struct guest_disk *disk)
{
  static const char *const keys[] = { "ring-ref", "event-channel" };
  char path[GUEST_PATH + 32];
  size_t i;

  for (i = 0; i < 2; i++) {
    snprintf (path, sizeof path, "%s/%s", disk->front, keys[i]);
    if (disk->how.style == STYLE_GRUB)
      guest_put (disk->xs, XBT_NULL, disk->front, keys[i], "%s", "");
    else
      xs_rm (disk->xs, XBT_NULL, path);
  }
}

int
guest_disconnect (struct guest_disk *disk, enum guest_style style,
                  double timeout)
{
  int r;

  switch (style) {
  case STYLE_GRUB:
    r = step (disk, 6, ST (6) | ST (0), timeout);
    guest_abandon (disk);
    forget_keys (disk);
    set_state (disk, 1);
    return r;
  case STYLE_MINIOS:
    r = step (disk, 5, ST (5) | ST (6), timeout);
    r |= step (disk, 6, ST (6), timeout);
    r |= step (disk, 1, ST (2) | ST (3) | ST (4) | ST (5), timeout);
    guest_abandon (disk);
    forget_keys (disk);
    return r;
  case STYLE_OVMF:
    r = step_closing (disk, timeout);
    r |= step (disk, 6, ST (6), timeout);
    r |= step (disk, 1, ST (0) | ST (1) | ST (2) | ST (6), timeout);
    guest_abandon (disk);
    forget_keys (disk);
    return r;
  default:
    r = step (disk, 5, ST (5) | ST (6), timeout);
    r |= step (disk, 6, ST (6), timeout);
    guest_abandon (disk);
    return r;
  }
}

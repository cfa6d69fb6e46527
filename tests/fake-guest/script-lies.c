/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands of a guest that means harm.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script.h"

/* "0-7,5-3": first and last sector of each segment. */
static unsigned
parse_segments (const char *text, struct abi_segment *segments)
{
  unsigned n = 0, first, last;
  int used;

  while (n < ABI_SEGMENTS_PAGE &&
         sscanf (text, "%u-%u%n", &first, &last, &used) == 2) {
    segments[n].first = first;
    segments[n++].last = last;
    text += used;
    if (*text == ',')
      text++;
  }
  return n;
}

/* Which grant a segment names: the page's own, or a wrong one. */
static uint32_t
wrong_ref (struct guest_request *request, const char *kind, unsigned i)
{
  struct guest_disk *disk = request->queue->disk;

  if (kind == NULL)
    return request->refs[i % disk->how.segments];
  if (strcmp (kind, "same") == 0)
    return request->refs[0];
  if (strcmp (kind, "huge") == 0)
    return UINT32_MAX;
  if (strcmp (kind, "ring") == 0)
    return request->queue->refs[0];
  if (strcmp (kind, "none") == 0)
    return FX_GRANTS - 1;
  return strtoul (kind, NULL, 0);
}

static void
grant_raw (struct guest_request *request, bool readonly, uint32_t reader)
{
  struct guest_disk *disk = request->queue->disk;
  unsigned pages = disk->how.segments, i;

  if (disk->how.segments > ABI_SEGMENTS)
    pages++;
  if (disk->persistent && !readonly)
    return;
  for (i = 0; i < pages; i++) {
    if (disk->persistent)
      fx_revoke (disk->domain, request->refs[i]);
    fx_grant (disk->domain, request->refs[i], request->frame + i, reader,
              readonly);
  }
}

/* The descriptors of an indirect request, and its pages of them. */
static void
raw_indirect (struct guest_request *request, struct command *command)
{
  unsigned data = request->queue->disk->how.segments, i;
  const char *kind = command_get (command, "igref", NULL);
  char *page = request->pages + data * FX_PAGE;

  if (data <= ABI_SEGMENTS) {
    fprintf (stderr, "fake-guest: connect with segments=12 or more\n");
    return;
  }
  for (i = 0; i < request->wire.nsegments; i++)
    abi_put_segment (page + i * 8, &request->wire.segments[i]);
  for (i = 0; i < ABI_INDIRECT; i++)
    request->wire.indirect[i] = kind ? wrong_ref (request, kind, i)
                                     : request->refs[data];
}

/* raw op=N [nr=N] [segs=F-L,..] [sector=N] [nr-sectors=N] [inner=N]
 *     [gref=same|huge|ring|none|N] [igref=...] [grant=ro|other] [id=N]
 *     [expect-op=N]
 */
int
do_raw (struct guest_disk *disk, struct command *command)
{
  const char *expect = command_get (command, "expect", "error");
  const char *grant = command_get (command, "grant", "rw");
  struct guest_request *request;
  struct abi_request *wire;
  unsigned i;
  int r;

  request = disk->nqueues ? request_get (&disk->queues[0]) : NULL;
  if (request == NULL)
    return -1;
  wire = &request->wire;
  wire->op = command_number (command, "op", OP_READ);
  wire->sector = strtoull (command_get (command, "sector", "0"), NULL, 0);
  wire->nr_sectors = strtoull (command_get (command, "nr-sectors", "0"), NULL,
                               0);
  wire->inner = command_number (command, "inner", 0);
  wire->handle = command_number (command, "handle", 0);
  wire->nsegments = parse_segments (command_get (command, "segs", "0-7"),
                                    wire->segments);
  wire->nr_segments = command_number (command, "nr", wire->nsegments);
  for (i = 0; i < wire->nsegments; i++)
    wire->segments[i].gref = wrong_ref (request, command_get (command, "gref",
                                                              NULL), i);
  request->expect_op = command_number (command, "expect-op",
                                       wire->op == OP_INDIRECT ? wire->inner
                                                               : wire->op);
  request->done = NULL;
  memset (request->pages, GUEST_CANARY, FX_PAGE);
  if (wire->op == OP_INDIRECT)
    raw_indirect (request, command);
  /* Not request_submit: it would grant what it thinks is right. */
  grant_raw (request, strcmp (grant, "ro") == 0,
             strcmp (grant, "other") == 0 ? disk->domid
                                          : disk->backend_domid);
  request->granted = disk->how.segments;
  request->waiting = true;
  request->answered = false;
  request->queue->inflight++;
  abi_put_request (disk->abi, abi_entry (disk->abi, request->queue->ring,
                                         request->queue->size,
                                         request->queue->prod), wire);
  request->queue->prod++;
  r = run_request (request, expect,
                   command_seconds (command, "timeout",
                                    strcmp (expect, "none") ? PATIENCE : 0.5));
  if (request->answered)
    request_put (request);
  return r;
}

static _Atomic uint32_t *
ring_word (struct guest_queue *queue, unsigned n)
{
  return (_Atomic uint32_t *) (void *) queue->ring + n;
}

/* lie prod=+N|N | cons=... : a producer index that is not true. */
int
do_lie (struct guest_disk *disk, struct command *command)
{
  const char *prod = command_get (command, "prod", NULL);
  const char *rsp = command_get (command, "rsp-prod", NULL);
  const char *event = command_get (command, "req-event", NULL);
  struct guest_queue *queue = &disk->queues[command_number (command, "queue",
                                                            0)];

  if (disk->nqueues == 0)
    return -1;
  if (prod)
    atomic_store (ring_word (queue, 0),
                  (strchr ("+-", prod[0]) ? queue->prod : 0) +
                  (uint32_t) strtoll (prod, NULL, 0));
  if (event)
    atomic_store (ring_word (queue, 1), (uint32_t) strtoll (event, NULL, 0));
  if (rsp)
    atomic_store (ring_word (queue, 2), (uint32_t) strtoll (rsp, NULL, 0));
  queue_kick (queue);
  return 0;
}

#define BURST 10000 /* changes without a pause: to let the backend read what
                     * changes, it has to run at all */

/* What a second thread does to the request while the backend reads it. */
struct flipper {
  char *a, *b;       /* two bytes to change, or NULL */
  unsigned char good, bad;
  atomic_bool stop;
};

static void *
flip (void *opaque)
{
  struct flipper *flipper = opaque;
  unsigned n;

  for (n = 1; !atomic_load (&flipper->stop); n++) {
    *(volatile unsigned char *) flipper->a = flipper->bad;
    *(volatile unsigned char *) flipper->b = flipper->bad;
    *(volatile unsigned char *) flipper->a = flipper->good;
    *(volatile unsigned char *) flipper->b = flipper->good;
    if (n % BURST == 0)
      usleep (50);
  }
  return NULL;
}

/* Find the bytes.  Returns false for a word that is not known. */
static bool
aim (struct flipper *flipper, const char *what, struct guest_request *request,
     char *entry, unsigned segments)
{
  struct guest_disk *disk = request->queue->disk;
  char *descriptors = request->pages + disk->how.segments * FX_PAGE;

  if (strcmp (what, "last") == 0) {
    flipper->a = flipper->b = entry + segments + 5;
    flipper->good = 7;
    flipper->bad = 200;
  }
  else if (strcmp (what, "nr") == 0) {
    flipper->a = flipper->b = entry + 1;
    flipper->good = 1;
    flipper->bad = 255;
  }
  else if (strcmp (what, "op") == 0) {
    flipper->a = flipper->b = entry;
    flipper->good = OP_READ;
    flipper->bad = OP_WRITE;
  }
  else if (strcmp (what, "gref") == 0) {
    flipper->a = flipper->b = entry + segments + 3;
    flipper->good = 0;
    flipper->bad = 255;
  }
  else if (strcmp (what, "indirect") == 0 &&
           disk->how.segments > ABI_SEGMENTS) {
    flipper->a = descriptors + 5;
    flipper->b = descriptors + 13;
    flipper->good = 7;
    flipper->bad = 200;
  }
  else
    return false;
  return true;
}

/* Send it `count` times while its bytes change; any answer will do. */
static int
send_flipping (struct guest_request *request, const char *what,
               unsigned count)
{
  struct guest_queue *queue = request->queue;
  struct guest_disk *disk = queue->disk;
  struct flipper flipper;
  pthread_t thread;
  unsigned i, lost = 0;

  for (i = 0; i < count && lost == 0; i++) {
    char *entry = abi_entry (disk->abi, queue->ring, queue->size,
                             queue->prod);

    request_build (request, OP_READ, 0,
                   strcmp (what, "indirect") == 0 ? 96 : 8, 0, 8);
    request->done = NULL;
    request_submit (request);
    atomic_init (&flipper.stop, false);
    if (!aim (&flipper, what, request, entry, abi_segments_offset (disk->abi))
        || pthread_create (&thread, NULL, flip, &flipper) != 0)
      return -1;
    queue_push (queue);
    /* The thread may spoil the answer, which is put in the same place. */
    if (!queue_take_blindly (queue, request, PATIENCE)) {
      guest_problem (disk, "no answer to a request that changed");
      lost = 1;
    }
    atomic_store (&flipper.stop, true);
    pthread_join (thread, NULL);
  }
  return lost ? -1 : 0;
}

/* flip what=last|nr|op|gref|indirect [count=N] */
int
do_flip (struct guest_disk *disk, struct command *command)
{
  struct guest_request *request;
  int r;

  request = disk->nqueues && guest_inflight (disk) == 0
            ? request_get (&disk->queues[0]) : NULL;
  if (request == NULL)
    return -1;
  r = send_flipping (request, command_get (command, "what", "last"),
                     command_number (command, "count", 100));
  if (!request->waiting)
    request_put (request);
  return r;
}

static void
flood_states (struct guest_disk *disk, struct command *command)
{
  const char *states = command_get (command, "states", "45");
  int64_t i, n = command_number (command, "count", 1000);

  for (i = 0; i < n; i++)
    guest_put (disk->xs, XBT_NULL, disk->front, "state", "%c",
               states[i % strlen (states)]);
}

static void
flood_keys (struct guest_disk *disk, struct command *command)
{
  int64_t i, n = command_number (command, "count", 1000);
  char key[32];

  for (i = 0; i < n; i++) {
    snprintf (key, sizeof key, "garbage-%d", (int) (i % 500));
    guest_put (disk->xs, XBT_NULL, disk->front, key, "%d", (int) i);
  }
}

/* flood events|states|keys [count=N] [states=45] */
int
do_flood (struct guest_disk *disk, struct command *command)
{
  const char *what = command->nwords ? command->words[0] : "";
  int64_t i;

  if (strcmp (what, "events") == 0 && disk->nqueues > 0)
    for (i = command_number (command, "count", 100000); i > 0; i--)
      queue_kick (&disk->queues[0]);
  else if (strcmp (what, "states") == 0)
    flood_states (disk, command);
  else if (strcmp (what, "keys") == 0)
    flood_keys (disk, command);
  else
    return -1;
  return 0;
}

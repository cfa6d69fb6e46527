/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#define _GNU_SOURCE

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "../wait/stillness.h"
#include "guest.h"

/* The four words at the start of the ring. */
enum { REQ_PROD, REQ_EVENT, RSP_PROD, RSP_EVENT };

static _Atomic uint32_t *
word (struct guest_queue *queue, unsigned n)
{
  return (_Atomic uint32_t *) (void *) queue->ring + n;
}

struct guest_request *
request_get (struct guest_queue *queue)
{
  struct guest_request *request = queue->free;

  if (request)
    queue->free = request->next;
  return request;
}

void
request_put (struct guest_request *request)
{
  request->next = request->queue->free;
  request->queue->free = request;
}

bool
request_build (struct guest_request *request, uint8_t op, uint64_t sector,
               unsigned count, unsigned skip, unsigned fragment)
{
  struct abi_request *wire = &request->wire;
  unsigned n = 0;

  wire->op = op;
  wire->sector = sector;
  while (count > 0) {
    unsigned room = 8 - skip < fragment ? 8 - skip : fragment;

    if (n == request->queue->disk->how.segments)
      return false;
    if (room > count)
      room = count;
    wire->segments[n].gref = request->refs[n];
    wire->segments[n].first = skip;
    wire->segments[n++].last = skip + room - 1;
    count -= room;
    skip = 0;
  }
  wire->nsegments = wire->nr_segments = n;
  request->expect_op = op;
  if (n > ABI_SEGMENTS) {
    wire->op = OP_INDIRECT;
    wire->inner = op;
  }
  return true;
}

unsigned
request_sectors (const struct guest_request *request)
{
  unsigned i, n = 0;

  for (i = 0; i < request->wire.nsegments; i++)
    n += request->wire.segments[i].last - request->wire.segments[i].first + 1;
  return n;
}

char *
request_sector (struct guest_request *request, unsigned n)
{
  const struct abi_segment *segment = request->wire.segments;
  unsigned page = 0;

  for (; n > (unsigned) segment->last - segment->first; segment++, page++)
    n -= segment->last - segment->first + 1;
  return request->pages + page * FX_PAGE + (segment->first + n) * 512u;
}

void
request_fill (struct guest_request *request, uint64_t pattern)
{
  unsigned i, n = request_sectors (request);

  memset (request->pages, GUEST_CANARY,
          (size_t) request->wire.nsegments * FX_PAGE);
  if (request->expect_op == OP_READ)
    return;
  for (i = 0; i < n; i++)
    pattern_fill (request_sector (request, i), request->wire.sector + i,
                  pattern);
}

static bool
is_canary (const char *bytes, size_t size)
{
  size_t i;

  for (i = 0; i < size; i++)
    if ((unsigned char) bytes[i] != GUEST_CANARY)
      return false;
  return true;
}

bool
request_canaries (struct guest_request *request)
{
  unsigned i;

  for (i = 0; i < request->wire.nsegments; i++) {
    const struct abi_segment *segment = &request->wire.segments[i];
    const char *page = request->pages + i * FX_PAGE;

    if (is_canary (page, segment->first * 512u) &&
        is_canary (page + (segment->last + 1) * 512u,
                   FX_PAGE - (segment->last + 1) * 512u))
      continue;
    guest_problem (request->queue->disk, "segment %u: bytes outside of "
                   "sectors %u-%u of the page were changed", i,
                   segment->first, segment->last);
    return false;
  }
  return true;
}

bool
request_verify (struct guest_request *request, uint64_t pattern)
{
  unsigned i, n = request_sectors (request);

  for (i = 0; i < n; i++)
    if (!pattern_check (request_sector (request, i), request->wire.sector + i,
                        pattern)) {
      guest_problem (request->queue->disk, "sector %" PRIu64 " does not have "
                     "pattern %" PRIu64, request->wire.sector + i, pattern);
      return false;
    }
  return request_canaries (request);
}

/* Descriptors stand in the pages after the data's. */
static void
write_descriptors (struct guest_request *request)
{
  struct abi_request *wire = &request->wire;
  unsigned data = request->queue->disk->how.segments, i;
  char *page = request->pages + data * FX_PAGE;

  for (i = 0; i < wire->nsegments; i++)
    abi_put_segment (page + i * 8, &wire->segments[i]);
  wire->indirect[0] = request->refs[data];
}

static void
grant_pages (struct guest_request *request)
{
  struct guest_disk *disk = request->queue->disk;
  bool readonly = request->expect_op != OP_READ &&
                  disk->how.style != STYLE_LINUX &&
                  disk->how.style != STYLE_GRUB;
  unsigned i;

  request->granted = 0;
  if (disk->persistent)
    return;
  for (i = 0; i < request->wire.nsegments; i++)
    fx_grant (disk->domain, request->refs[i], request->frame + i,
              disk->backend_domid, readonly);
  request->granted = i;
  if (request->wire.op == OP_INDIRECT)
    fx_grant (disk->domain, request->refs[disk->how.segments],
              request->frame + disk->how.segments, disk->backend_domid,
              disk->how.style != STYLE_LINUX);
}

void
request_submit (struct guest_request *request)
{
  struct guest_queue *queue = request->queue;

  if (request->wire.op == OP_INDIRECT && request->wire.nsegments > 0)
    write_descriptors (request);
  grant_pages (request);
  request->waiting = true;
  request->answered = false;
  request->sent = guest_now ();
  queue->inflight++;
  abi_put_request (queue->disk->abi,
                   abi_entry (queue->disk->abi, queue->ring, queue->size,
                              queue->prod), &request->wire);
  queue->prod++;
}

void
queue_kick (struct guest_queue *queue)
{
  fx_notify (queue->disk->domid, queue->port);
}

void
queue_push (struct guest_queue *queue)
{
  uint32_t old = atomic_load (word (queue, REQ_PROD)), new = queue->prod;
  uint32_t event;

  atomic_store (word (queue, REQ_PROD), new); /* after the entries */
  event = atomic_load (word (queue, REQ_EVENT));
  if ((uint32_t) (new - event) < (uint32_t) (new - old))
    queue_kick (queue);
}

/* The answer is there: nobody may use the pages any more. */
static void
revoke_pages (struct guest_request *request)
{
  struct guest_disk *disk = request->queue->disk;
  unsigned i;

  if (disk->persistent)
    return;
  for (i = 0; i < request->granted; i++)
    if (fx_revoke (disk->domain, request->refs[i]) == -1)
      guest_problem (disk, "the backend has not unmapped a page of the "
                     "request it answered");
  if (request->wire.op == OP_INDIRECT &&
      fx_revoke (disk->domain, request->refs[disk->how.segments]) == -1)
    guest_problem (disk, "the backend has not unmapped the descriptors of "
                   "the request it answered");
}

static void
take_response (struct guest_queue *queue, const struct abi_response *response)
{
  struct guest_disk *disk = queue->disk;
  struct guest_request *request;

  if (response->id >= queue->size) {
    guest_problem (disk, "answer with unknown id %" PRIu64, response->id);
    return;
  }
  request = &queue->requests[response->id];
  if (!request->waiting) {
    guest_problem (disk, "answer to %" PRIu64 ", which does not wait for one",
                   response->id);
    return;
  }
  if (response->op != request->expect_op)
    guest_problem (disk, "answer for operation %u, not %u", response->op,
                   request->expect_op);
  if (response->status > 0 || response->status < STATUS_EOPNOTSUPP)
    guest_problem (disk, "answer with status %d", response->status);
  if (response->dirty && !disk->ignore_padding)
    guest_problem (disk, "%u dirty bytes of padding in an answer",
                   response->dirty);
  request->waiting = false;
  request->answered = true;
  request->status = response->status;
  queue->inflight--;
  revoke_pages (request);
  if (request->done)
    request->done (request);
}

/* Take what is there now.  Returns false if the index is impossible. */
static bool
take_responses (struct guest_queue *queue)
{
  uint32_t prod = atomic_load (word (queue, RSP_PROD));
  struct abi_response response;

  if ((uint32_t) (prod - queue->cons) > queue->inflight) {
    guest_problem (queue->disk, "queue %u: rsp_prod %u is too far ahead of "
                   "%u, %u in flight", queue->number, prod, queue->cons,
                   queue->inflight);
    queue->cons = prod;
    return false;
  }
  while (queue->cons != prod) {
    abi_get_response (queue->disk->abi,
                      abi_entry (queue->disk->abi, queue->ring, queue->size,
                                 queue->cons), &response);
    queue->cons++;
    take_response (queue, &response);
  }
  return true;
}

void
queue_reap (struct guest_queue *queue)
{
  for (;;) {
    if (!take_responses (queue))
      return;
    atomic_store (word (queue, RSP_EVENT), queue->cons + 1);
    if (atomic_load (word (queue, RSP_PROD)) == queue->cons)
      return;
  }
}

bool
queue_take_blindly (struct guest_queue *queue, struct guest_request *request,
                    double timeout)
{
  struct stillness *still = stillness_new (timeout);
  bool over = false;

  while (atomic_load (word (queue, RSP_PROD)) == queue->cons && !over) {
    over = stillness_over (still);
    usleep (50); /* there may be no other processor for the backend */
  }
  stillness_free (still);
  if (atomic_load (word (queue, RSP_PROD)) == queue->cons)
    return false;
  queue->cons++;
  atomic_store (word (queue, RSP_EVENT), queue->cons + 1);
  queue->inflight--;
  request->waiting = false;
  request->answered = true;
  revoke_pages (request);
  return true;
}

void
guest_poll (struct guest_disk *disk, int ms)
{
  struct pollfd fds[GUEST_QUEUES];
  uint32_t port;
  unsigned i;

  for (i = 0; i < disk->nqueues; i++) {
    fds[i].fd = disk->queues[i].event_fd;
    fds[i].events = POLLIN;
  }
  if (poll (fds, disk->nqueues, ms) <= 0) {
    /* A lost event would be found here: it is not, so that a test hangs. */
    return;
  }
  for (i = 0; i < disk->nqueues; i++) {
    if (!(fds[i].revents & POLLIN) ||
        read (fds[i].fd, &port, sizeof port) != sizeof port)
      continue;
    /* Unmask first: what comes while we look is delivered again. */
    fx_unmask (disk->domid, port);
    queue_reap (&disk->queues[i]);
  }
}

unsigned
guest_inflight (const struct guest_disk *disk)
{
  unsigned i, n = 0;

  for (i = 0; i < disk->nqueues; i++)
    n += disk->queues[i].inflight;
  return n;
}

bool
guest_drain (struct guest_disk *disk, double timeout)
{
  struct stillness *still = stillness_new (timeout);

  while (guest_inflight (disk) > 0 && !stillness_over (still))
    guest_poll (disk, 50);
  stillness_free (still);
  return guest_inflight (disk) == 0;
}

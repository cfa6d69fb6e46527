/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

/* Pages of one request: its data, and the descriptors if it has so many. */
static unsigned
request_pages (const struct guest_disk *disk)
{
  unsigned n = disk->how.segments;

  return n + (n > ABI_SEGMENTS
              ? (n + ABI_SEGMENTS_PAGE - 1) / ABI_SEGMENTS_PAGE : 0);
}

static int
open_requests (struct guest_queue *queue)
{
  struct guest_disk *disk = queue->disk;
  unsigned pages = request_pages (disk), j;
  uint32_t i;
  int64_t frame;

  queue->requests = calloc (queue->size, sizeof *queue->requests);
  if (queue->requests == NULL)
    return -1;
  for (i = 0; i < queue->size; i++) {
    struct guest_request *request = &queue->requests[i];

    request->queue = queue;
    request->wire.id = i;
    request->refs = calloc (pages, sizeof *request->refs);
    frame = fx_pages_alloc (disk->domain, pages);
    if (frame == -1 || request->refs == NULL ||
        fx_grants_alloc (disk->domain, pages, request->refs) == -1)
      return -1;
    request->frame = frame;
    request->pages = fx_domain_page (disk->domain, frame);
    for (j = 0; disk->persistent && j < pages; j++)
      fx_grant (disk->domain, request->refs[j], frame + j,
                disk->backend_domid, false);
    request_put (request);
  }
  return 0;
}

/* Both sides of it are ours still: the backend has not seen it. */
static void
init_ring (struct guest_queue *queue, unsigned pages)
{
  const struct guest_connect *how = &queue->disk->how;
  const uint32_t words[] = { how->req_prod, how->start + 1, how->rsp_prod,
                             how->start + 1 };

  memset (queue->ring, how->fill, pages * FX_PAGE);
  memcpy (queue->ring, words, sizeof words);
  queue->prod = queue->cons = how->start;
}

int
queue_open (struct guest_queue *queue, unsigned order)
{
  struct guest_disk *disk = queue->disk;
  unsigned pages = 1u << order, i;
  int64_t frame = fx_pages_alloc (disk->domain, pages);

  queue->inflight = 0;
  queue->free = NULL;
  if (frame == -1 ||
      fx_grants_alloc (disk->domain, pages, queue->refs) == -1)
    goto err;
  queue->frame = frame;
  queue->ring = fx_domain_page (disk->domain, frame);
  for (i = 0; i < pages; i++)
    fx_grant (disk->domain, queue->refs[i], frame + i, disk->backend_domid,
              false);
  init_ring (queue, pages);
  queue->size = abi_ring_size (disk->abi, pages);
  queue->handle = fx_handle_open (FX_EVTCHN, disk->domid, &queue->lock_fd);
  if (queue->handle == -1)
    goto err;
  queue->event_fd = fx_events_open (queue->handle);
  queue->port = fx_bind_unbound (queue->handle, disk->domid,
                                 disk->backend_domid);
  if (queue->event_fd == -1 || queue->port == -1 ||
      open_requests (queue) == -1)
    goto err;
  return 0;

err:
  guest_problem (disk, "no memory, grants or ports for a queue: %s",
                 strerror (errno));
  return -1;
}

static void
end_grants (struct guest_queue *queue, uint32_t frame, uint32_t *refs,
            unsigned count, const char *what)
{
  struct guest_disk *disk = queue->disk;
  unsigned i, mapped = 0;

  for (i = 0; i < count; i++) {
    if (fx_revoke (disk->domain, refs[i]) == -1) {
      mapped++;
      continue; /* lost, as in a real guest */
    }
    fx_grants_free (disk->domain, 1, &refs[i]);
    fx_pages_free (disk->domain, frame + i, 1);
  }
  if (mapped)
    guest_problem (disk, "queue %u: %u pages of %s are still mapped after "
                   "the end", queue->number, mapped, what);
}

void
queue_close (struct guest_queue *queue)
{
  struct guest_disk *disk = queue->disk;
  unsigned pages = request_pages (disk);
  uint32_t i;

  if (queue->requests == NULL)
    return;
  if (fx_domain (disk->domid)) {
    for (i = 0; i < queue->size; i++)
      end_grants (queue, queue->requests[i].frame, queue->requests[i].refs,
                  pages, "a request");
    end_grants (queue, queue->frame, queue->refs, 1u << disk->order,
                "the ring");
  }
  for (i = 0; i < queue->size; i++)
    free (queue->requests[i].refs);
  free (queue->requests);
  queue->requests = NULL;
  fx_handle_close (queue->handle, queue->lock_fd);
  close (queue->event_fd);
}

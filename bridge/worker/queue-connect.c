/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How a queue comes and goes; what it does in between is in queue.c.
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "queue.h"
#include "volume.h"
#include "xenbus/persistent.h"
#include "xenbus/xen-public.h"

/* One request's share of queue->buffers: data, in the middle of what the
 * client may write to; a page for its segments, as the guest gave them and as
 * they were parsed; scratch.
 */
#define DATA_SIZE (NBD_CLIENT_MARGIN + NBD_CLIENT_TRANSFER_MAX + \
                   NBD_CLIENT_MARGIN)
#define PARSED_SIZE (BLKIF_INDIRECT_MAX * sizeof (struct blkif_segment))
#define STRIDE (DATA_SIZE + BLKIF_TABLE_MAX + PARSED_SIZE)

_Static_assert (BLKIF_DATA_MAX <= NBD_CLIENT_TRANSFER_MAX, "a request fits");

static void
channel_readable (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct queue *queue = watcher->data;

  (void) loop;
  (void) revents;
  /* That it woke us is all there is to note: every turn looks at the ring. */
  channel_pending (queue->channel);
}

/* One mapping for all: it costs address space only, until a request of that
 * size comes, and goes back to the system as a whole.
 */
static int
allocate_requests (struct queue *queue)
{
  const size_t scratch = nbd_client_scratch (queue->volume->client);
  const size_t size = (STRIDE + scratch + XEN_PAGE_SIZE - 1) &
                      ~(size_t) (XEN_PAGE_SIZE - 1);
  const uint32_t n = queue->ring.entries;
  uint32_t i;

  queue->requests = calloc (n, sizeof *queue->requests);
  if (queue->requests == NULL)
    return -1;
  queue->buffers_size = n * size;
  queue->buffers = mmap (NULL, queue->buffers_size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (queue->buffers == MAP_FAILED) {
    queue->buffers = NULL;
    return -1;
  }
  madvise (queue->buffers, queue->buffers_size, MADV_NOHUGEPAGE);
  for (i = 0; i < n; i++) {
    struct request *request = &queue->requests[n - 1 - i];
    char *share = queue->buffers + (n - 1 - i) * size;

    request->queue = queue;
    request->buffer = share + NBD_CLIENT_MARGIN;
    request->table = share + DATA_SIZE;
    request->io.segments = (void *) (request->table + BLKIF_TABLE_MAX);
    request->scratch = scratch ? share + STRIDE : NULL;
    request_prepend (&queue->free, request);
  }
  return 0;
}

static int
map_ring (struct queue *queue, uint32_t domid, const struct blkif_abi *abi,
          const struct device_ring *where, char *error)
{
  queue->grants = grants_open (domid);
  if (queue->grants == NULL) {
    snprintf (error, DEVICE_ERROR_MAX, "cannot open the grant device: %s",
              strerror (errno));
    return -1;
  }
  queue->pages = grants_map (queue->grants, where->refs, where->pages);
  if (queue->pages == NULL) {
    snprintf (error, DEVICE_ERROR_MAX,
              "cannot map the ring (%u pages, first grant %u): %s",
              where->pages, where->refs[0], strerror (errno));
    return -1;
  }
  queue->npages = where->pages;
  if (ring_attach (&queue->ring, abi, queue->pages, where->pages) == -1) {
    snprintf (error, DEVICE_ERROR_MAX,
              "the ring claims more requests than it can hold");
    return -1;
  }
  return 0;
}

/* All rings of the disk share what one disk may keep. */
static int
keep_grants (struct queue *queue, const struct message_connect *connect)
{
  return connect->persistent
         ? grants_keep (queue->grants, PERSISTENT_MAX / connect->rings.count)
         : 0;
}

struct queue *
queue_new (struct volume *volume, const struct message_connect *connect,
           unsigned number, char *error)
{
  const struct device_ring *where = &connect->rings.rings[number];
  const uint32_t domid = volume->domid;
  struct queue *queue = calloc (1, sizeof *queue);

  if (queue == NULL) {
    snprintf (error, DEVICE_ERROR_MAX, "out of memory");
    return NULL;
  }
  queue->volume = volume;
  queue->stats = &volume->common->stats[number];
  ev_init (&queue->watcher, channel_readable);
  queue->watcher.data = queue;
  if (map_ring (queue, domid, connect->rings.abi, where, error) == -1)
    goto err;
  if (allocate_requests (queue) == -1 || keep_grants (queue, connect) == -1) {
    snprintf (error, DEVICE_ERROR_MAX, "out of memory for requests");
    goto err;
  }
  queue->channel = channel_open (domid, where->port);
  if (queue->channel == NULL) {
    snprintf (error, DEVICE_ERROR_MAX, "cannot bind event channel %u: %s",
              where->port, strerror (errno));
    goto err;
  }
  ev_io_set (&queue->watcher, channel_fd (queue->channel), EV_READ);
  ev_io_start (volume->loop, &queue->watcher);
  return queue;

err:
  queue_free (queue);
  return NULL;
}

void
queue_free (struct queue *queue)
{
  if (queue == NULL)
    return;
  queue->active = 0;
  queue_count_load (queue, stats_clock ());
  ev_io_stop (queue->volume->loop, &queue->watcher);
  channel_close (queue->channel);
  if (queue->grants)
    grants_unmap (queue->grants, queue->pages, queue->npages);
  grants_close (queue->grants);
  if (queue->buffers)
    munmap (queue->buffers, queue->buffers_size);
  free (queue->requests);
  free (queue);
}

void
queue_trim (struct queue *queue)
{
  if (queue->active == 0)
    madvise (queue->buffers, queue->buffers_size, MADV_DONTNEED);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "duties.h"
#include "queue.h"
#include "xenbus/channel.h"
#include "xenbus/grants.h"
#include "xenbus/persistent.h"
#include "xenbus/xen-public.h"

static void
channel_readable (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct queue *queue = watcher->data;

  (void) loop;
  (void) revents;
  /* That it woke us is all there is to note: every turn looks at the ring. */
  channel_pending (queue->channel);
}

static int
map_ring (struct queue *queue, const struct blkif_abi *abi,
          const struct device_ring *where, struct failure *why)
{
  queue->grants = grants_open (queue->common->domid);
  if (queue->grants == NULL)
    return failure_set (why, "cannot open the grant device: %s",
                        strerror (errno));
  queue->pages = grants_map (queue->grants, where->refs, where->pages);
  if (queue->pages == NULL)
    return failure_set (why, "cannot map the ring (%u pages, first grant %u): "
                        "%s", where->pages, where->refs[0], strerror (errno));
  queue->npages = where->pages;
  if (ring_attach (&queue->ring, abi, queue->pages, where->pages) == -1)
    return failure_set (why, "the ring claims more requests than it can hold");
  return 0;
}

static int
allocate_requests (struct queue *queue)
{
  uint32_t i;

  if (pool_allocate (&queue->pool, queue->ring.entries,
                     queue->common->scratch, &queue->free) == -1)
    return -1;
  for (i = 0; i < queue->pool.count; i++)
    queue->pool.requests[i].queue = queue;
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

static int
open_channel (struct queue *queue, uint32_t port, struct failure *why)
{
  queue->channel = channel_open (queue->common->domid, port);
  if (queue->channel == NULL)
    return failure_set (why, "cannot bind event channel %u: %s", port,
                        strerror (errno));
  ev_io_set (&queue->watcher, channel_fd (queue->channel), EV_READ);
  ev_io_start (queue->common->loop, &queue->watcher);
  return 0;
}

static int
set_up (struct queue *queue, const struct message_connect *connect,
        unsigned number, struct failure *why)
{
  const struct device_ring *where = &connect->rings.rings[number];

  if (map_ring (queue, connect->rings.abi, where, why) == -1)
    return -1;
  if (allocate_requests (queue) == -1 || keep_grants (queue, connect) == -1)
    return failure_set (why, "out of memory for requests");
  return open_channel (queue, where->port, why);
}

struct queue *
queue_new (struct queue_common *common, const struct message_connect *connect,
           unsigned number, struct stats *stats, struct failure *why)
{
  struct queue *queue = calloc (1, sizeof *queue);

  if (queue == NULL) {
    failure_set (why, "out of memory");
    return NULL;
  }
  queue->common = common;
  queue->tally.stats = stats;
  ev_init (&queue->watcher, channel_readable);
  queue->watcher.data = queue;
  if (set_up (queue, connect, number, why) == -1) {
    queue_free (queue);
    return NULL;
  }
  return queue;
}

static void
count_load (struct queue *queue, uint64_t now)
{
  tally_load (&queue->tally, queue->active,
              queue->active > 0 && queue->free.head == NULL, now);
}

void
queue_free (struct queue *queue)
{
  if (queue == NULL)
    return;
  queue->active = 0;
  count_load (queue, stats_clock ());
  ev_io_stop (queue->common->loop, &queue->watcher);
  channel_close (queue->channel);
  if (queue->grants)
    grants_unmap (queue->grants, queue->pages, queue->npages);
  grants_close (queue->grants);
  pool_free (&queue->pool);
  free (queue);
}

void
queue_finish (struct request *request, int16_t status)
{
  request->status = status;
  request->tries = 0;
  request_append (&request->queue->finished, request);
}

/* Bytes of buffer that the request's own data takes. */
static uint64_t
data_length (const struct request *request)
{
  return request->io.nsegments > 0 ? request->io.length : 0;
}

/* The count is exact; the line about it is rare. */
static void
refuse (struct queue *queue, struct request *request,
        enum blkif_refusal refusal)
{
  struct queue_common *common = queue->common;
  char why[BLKIF_REFUSAL_TEXT];
  uint64_t suppressed;

  tally_refused (&queue->tally, refusal);
  tally_taken (&queue->tally, request, 0);
  if (log_quota_pass (&common->refused_quota, ev_now (common->loop),
                      &suppressed)) {
    blkif_describe_refusal (refusal, &common->bounds, &request->io,
                            FAILURE_INTO (why));
    log_warning (common->name, "refused the guest's request (operation "
                 "%u%s): %s; %llu so far, %llu not logged",
                 request->io.operation,
                 request->io.indirect ? ", indirect" : "", why,
                 (unsigned long long) queue->tally.stats->refused[refusal],
                 (unsigned long long) suppressed);
  }
  queue_finish (request, blkif_refusal_status (refusal));
}

void
queue_grow (struct request *request)
{
  if (request->grown)
    return;
  request->grown = true;
  request->queue->common->grown++;
}

/* The guest's indirect segments, copied once (XSA-155); NULL if there are
 * none or they cannot be had.
 */
static const void *
fetch_table (struct queue *queue, struct request *request, const void *raw)
{
  struct blkif_segment where;
  bool ok;

  if (!blkif_table (queue->ring.abi, raw, &queue->common->bounds, &where))
    return NULL;
  grants_note (queue->grants, &where, 1, GRANTS_FROM_GUEST, request->table,
               &ok); /* nothing else is noted while requests are taken */
  grants_copy (queue->grants);
  return ok ? request->table : NULL;
}

/* Read what the ABI's bytes at `raw` say into request->io, and fetch what
 * they refer to.  If that is refused there is no data.
 */
static enum blkif_refusal
parse (struct queue *queue, struct request *request, const void *raw)
{
  const void *table = fetch_table (queue, request, raw);
  enum blkif_refusal refusal;

  refusal = blkif_parse (queue->ring.abi, raw, table, &queue->common->bounds,
                         &request->io);
  if (refusal) {
    request->io.nsegments = 0;
    request->io.length = 0;
  }
  else if (request->io.nsegments > BLKIF_SEGMENTS_MAX)
    queue_grow (request);
  return refusal;
}

void
queue_plan (struct request *request)
{
  const struct queue_common *common = request->queue->common;

  duties_plan (request, common->fua, common->write_through);
}

/* Requests that wait on the ring cost nothing; taken ones need buffers. */
static bool
has_room (const struct queue *queue)
{
  return queue->free.head && queue->common->bytes < queue->common->bytes_max;
}

bool
queue_take (struct queue *queue)
{
  uint32_t raw[BLKIF_REQUEST_SIZE_MAX / sizeof (uint32_t)];
  uint64_t now = 0;

  while (has_room (queue) && ring_take (&queue->ring, raw)) {
    struct request *request = request_pop (&queue->free);
    enum blkif_refusal refusal;

    if (now == 0)
      now = stats_clock ();
    queue->active++;
    request->members = NULL;
    refusal = parse (queue, request, raw);
    if (refusal)
      refuse (queue, request, refusal);
    else {
      queue_plan (request);
      request->data = request->buffer;
      queue->common->bytes += data_length (request);
      tally_taken (&queue->tally, request, now);
      request_append (&queue->taken, request);
    }
  }
  if (now > 0)
    count_load (queue, now);
  return now > 0;
}

static void
note_copy (struct request *request, enum grants_direction direction)
{
  struct grants *grants = request->queue->grants;

  if (!grants_note (grants, request->io.segments, request->io.nsegments,
                    direction, request->data, &request->copied)) {
    grants_copy (grants);
    grants_note (grants, request->io.segments, request->io.nsegments,
                 direction, request->data, &request->copied);
  }
}

void
queue_note_fetch (struct request *request)
{
  note_copy (request, GRANTS_FROM_GUEST);
}

void
queue_fetch (struct queue *queue)
{
  grants_copy (queue->grants);
}

static void
drop (struct request_list *list)
{
  struct request *request;

  while ((request = request_pop (list)) != NULL)
    queue_finish (request, BLKIF_RSP_ERROR);
}

void
queue_drop (struct queue *queue)
{
  drop (&queue->taken);
  drop (&queue->again);
}

uint64_t
queue_reach (const struct queue *queue, uint64_t end)
{
  return request_reach (&queue->again, request_reach (&queue->taken, end));
}

/* The request is answered.  Few buffers keep the memory that merging took. */
static void
release (struct queue *queue, struct request *request)
{
  struct queue_common *common = queue->common;

  if (request->grown && common->grown > common->grown_max) {
    pool_trim_one (request);
    request->grown = false;
    common->grown--;
  }
  common->bytes -= data_length (request);
  request_prepend (&queue->free, request);
  queue->active--;
}

/* What was read goes to the guest before any response is put: a leader's
 * buffer has its members' data, too.
 */
bool
queue_answer (struct queue *queue)
{
  struct request *request;
  uint64_t now = 0;

  for (request = queue->finished.head; request; request = request->next) {
    request->copied = true;
    if (request->io.kind == BLKIF_READ && request->io.nsegments > 0 &&
        request->status == BLKIF_RSP_OKAY)
      note_copy (request, GRANTS_TO_GUEST);
  }
  grants_copy (queue->grants);
  while ((request = request_pop (&queue->finished)) != NULL) {
    const int16_t status = request->copied ? request->status
                                           : BLKIF_RSP_ERROR;

    if (now == 0)
      now = stats_clock ();
    tally_answered (&queue->tally, request, status, now);
    ring_put (&queue->ring, request->io.id, request->io.operation, status);
    release (queue, request);
  }
  if (now > 0)
    count_load (queue, now);
  if (ring_publish (&queue->ring))
    channel_notify (queue->channel);
  return now > 0;
}

bool
queue_sleep (struct queue *queue)
{
  channel_unmask (queue->channel);
  return ring_final_check (&queue->ring) && has_room (queue);
}

unsigned
queue_tick (struct queue *queue)
{
  return grants_tick (queue->grants);
}

void
queue_trim (struct queue *queue)
{
  if (queue->active == 0)
    pool_trim (&queue->pool);
}

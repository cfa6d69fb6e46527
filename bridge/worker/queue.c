/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>
#include <sys/mman.h>

#include "queue.h"
#include "volume.h"
#include "xenbus/xen-public.h"

void
queue_finish (struct request *request, int16_t status)
{
  struct volume *volume = request->queue->volume;

  if (request == volume->barrier)
    volume->barrier = NULL;
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
refuse (struct request *request, enum blkif_refusal refusal)
{
  struct queue *queue = request->queue;
  char why[BLKIF_REFUSAL_TEXT];
  uint64_t suppressed;

  stats_add (&queue->stats->refused[refusal], 1);
  queue_count_taken (request, 0);
  if (log_quota_pass (&queue->volume->refused_quota,
                      ev_now (queue->volume->loop), &suppressed)) {
    blkif_describe_refusal (refusal, &queue->volume->bounds, &request->io,
                            FAILURE_INTO (why));
    log_warning (queue->volume->name,
                 "refused the guest's request (operation %u%s): %s; %llu so "
                 "far, %llu not logged", request->io.operation,
                 request->io.indirect ? ", indirect" : "", why,
                 (unsigned long long) queue->stats->refused[refusal],
                 (unsigned long long) suppressed);
  }
  queue_finish (request, blkif_refusal_status (refusal));
}

/* Requests that wait on the ring cost nothing; taken ones need buffers. */
static bool
queue_has_room (const struct queue *queue)
{
  const struct volume *volume = queue->volume;

  return queue->free.head && !volume->hold.stopped &&
         volume->bytes < VOLUME_BYTES / volume->volumes;
}

bool
queue_take (struct queue *queue)
{
  uint32_t raw[BLKIF_REQUEST_SIZE_MAX / sizeof (uint32_t)];
  uint64_t now = 0;

  while (queue_has_room (queue) && ring_take (&queue->ring, raw)) {
    struct request *request = request_pop (&queue->free);
    enum blkif_refusal refusal;

    if (now == 0)
      now = stats_clock ();
    queue->active++;
    request->members = NULL;
    refusal = queue_parse (request, raw);
    if (refusal)
      refuse (request, refusal);
    else {
      queue_plan (request);
      request->data = request->buffer;
      queue->volume->bytes += data_length (request);
      queue_count_taken (request, now);
      request_append (&queue->taken, request);
    }
  }
  if (now > 0)
    queue_count_load (queue, now);
  return now > 0;
}

void
queue_note_copy (struct request *request, enum grants_direction direction)
{
  struct grants *grants = request->queue->grants;

  if (!grants_note (grants, request->io.segments, request->io.nsegments,
                    direction, request->data, &request->copied)) {
    grants_copy (grants);
    grants_note (grants, request->io.segments, request->io.nsegments,
                 direction, request->data, &request->copied);
  }
}

bool
queue_has_waiting (const struct queue *queue)
{
  return queue->again.head || queue->limited[0].head || queue->limited[1].head;
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
  drop (&queue->limited[0]);
  drop (&queue->limited[1]);
  drop (&queue->again);
}

/* The request is answered.  Few buffers keep the memory that merging took. */
static void
release (struct request *request)
{
  struct queue *queue = request->queue;

  if (request->grown &&
      queue->volume->grown > VOLUME_GROWN / queue->volume->volumes) {
    madvise (request->buffer - NBD_CLIENT_MARGIN,
             NBD_CLIENT_MARGIN + NBD_CLIENT_TRANSFER_MAX + NBD_CLIENT_MARGIN,
             MADV_DONTNEED);
    request->grown = false;
    queue->volume->grown--;
  }
  queue->volume->bytes -= data_length (request);
  request_prepend (&queue->free, request);
  queue->active--;
}

/* What was read goes to the guest before any response is put: a leader's
 * buffer holds its members' data, too.
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
      queue_note_copy (request, GRANTS_TO_GUEST);
  }
  grants_copy (queue->grants);
  while ((request = request_pop (&queue->finished)) != NULL) {
    const int16_t status = request->copied ? request->status
                                           : BLKIF_RSP_ERROR;

    if (now == 0)
      now = stats_clock ();
    queue_count_answered (request, status, now);
    ring_put (&queue->ring, request->io.id, request->io.operation, status);
    release (request);
  }
  if (now > 0)
    queue_count_load (queue, now);
  if (ring_publish (&queue->ring))
    channel_notify (queue->channel);
  return now > 0;
}

bool
queue_sleep (struct queue *queue)
{
  channel_unmask (queue->channel);
  return ring_final_check (&queue->ring) && queue_has_room (queue);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "queue.h"
#include "volume.h"
#include "xenbus/xen-public.h"

static void
finish (struct request *request, int16_t status)
{
  struct volume *volume = request->queue->volume;

  if (request == volume->barrier)
    volume->barrier = NULL;
  request->status = status;
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
  uint64_t suppressed;

  queue->refused[refusal]++;
  if (log_limit_pass (&queue->refused_limit, ev_now (queue->volume->loop),
                      &suppressed))
    log_warning (queue->volume->name,
                 "refused the guest's request (operation %u): %s; %llu so "
                 "far, %llu not logged", request->io.operation,
                 blkif_refusal_name (refusal),
                 (unsigned long long) queue->refused[refusal],
                 (unsigned long long) suppressed);
  finish (request, blkif_refusal_status (refusal));
}

/* Requests that wait on the ring cost nothing; taken ones need buffers. */
static bool
queue_has_room (const struct queue *queue)
{
  return queue->free.head && queue->volume->bytes < VOLUME_BYTES;
}

bool
queue_take (struct queue *queue)
{
  uint32_t raw[BLKIF_REQUEST_SIZE_MAX / sizeof (uint32_t)];
  bool any = false;

  while (queue_has_room (queue) && ring_take (&queue->ring, raw)) {
    struct request *request = request_pop (&queue->free);
    enum blkif_refusal refusal;

    any = true;
    queue->active++;
    request->members = NULL;
    refusal = blkif_parse (queue->ring.abi, raw, &queue->volume->limits,
                           &request->io);
    if (refusal) {
      request->io.nsegments = 0;
      request->io.length = 0;
      refuse (request, refusal);
    }
    else {
      request_plan (request);
      request->data = request->buffer;
      queue->volume->bytes += data_length (request);
      request_append (&queue->taken, request);
    }
  }
  return any;
}

/* Note copies for the request; a full batch is run first. */
static void
note_copy (struct request *request, enum grants_direction direction)
{
  struct grants *grants = request->queue->grants;

  if (!grants_note (grants, &request->io, direction, request->data,
                    &request->copied)) {
    grants_copy (grants);
    grants_note (grants, &request->io, direction, request->data,
                 &request->copied);
  }
}

static void
submit (struct request *request, enum nbd_client_op op, uint64_t offset,
        uint64_t count)
{
  struct nbd_command *command = &request->command;

  memset (command, 0, sizeof *command);
  command->op = op;
  command->offset = offset;
  command->count = count;
  command->buffer = request->buffer;
  command->scratch = request->scratch;
  if (op == NBD_CLIENT_FLUSH)
    request->queue->volume->unflushed = false;
  nbd_client_submit (request->queue->volume->client, command);
}

/* Bytes of the request and its members. */
static uint64_t
total_length (const struct request *leader)
{
  const struct request *member;
  uint64_t length = leader->io.length;

  for (member = leader->members; member; member = member->next)
    length += member->io.length;
  return length;
}

static bool
is_write (const struct request *request)
{
  return request->io.kind != BLKIF_READ && request->io.kind != BLKIF_DISCARD;
}

/* Hand over the step REQUEST_DATA; a write's bytes are in the buffer. */
static void
submit_data (struct request *request)
{
  request->steps &= ~REQUEST_DATA;
  if (request->io.kind == BLKIF_DISCARD)
    submit (request, NBD_CLIENT_TRIM, request->io.offset, request->io.length);
  else
    submit (request, is_write (request) ? NBD_CLIENT_WRITE : NBD_CLIENT_READ,
            request->io.offset, total_length (request));
}

void
queue_step (struct request *request)
{
  if (request->steps & REQUEST_FLUSH_BEFORE) {
    request->steps &= ~REQUEST_FLUSH_BEFORE;
    submit (request, NBD_CLIENT_FLUSH, 0, 0);
  }
  else if (request->steps & REQUEST_DATA) {
    if (is_write (request)) {
      note_copy (request, GRANTS_FROM_GUEST);
      grants_copy (request->queue->grants);
      if (!request->copied) {
        finish (request, BLKIF_RSP_ERROR);
        return;
      }
    }
    submit_data (request);
  }
  else if (request->steps & REQUEST_FLUSH_AFTER) {
    request->steps &= ~REQUEST_FLUSH_AFTER;
    submit (request, NBD_CLIENT_FLUSH, 0, 0);
  }
  else
    finish (request, BLKIF_RSP_OKAY);
}

/* Take the leader's members off it, each to be tried by itself; those whose
 * grants are bad are finished.  A write's bytes are copied anew, for they
 * stand where the client may put the rest of a block.
 */
static void
split (struct request *leader)
{
  struct queue *queue = leader->queue;
  struct request *request = leader, *next = leader->members;

  leader->members = NULL;
  while (request) {
    request->data = request->buffer;
    request_plan (request);
    if (request->copied)
      request_append (&queue->again, request);
    else
      finish (request, BLKIF_RSP_ERROR);
    request = next;
    next = request ? request->next : NULL;
  }
}

/* Pop a request and all that continue it. */
static struct request *
pop_merged (struct queue *queue, uint64_t limit)
{
  struct request *leader = request_pop (&queue->taken);
  struct request **end = &leader->members;
  uint64_t offset = leader->io.offset + leader->io.length;

  while (queue->taken.head &&
         request_continues (leader, offset, queue->taken.head, limit)) {
    struct request *member = request_pop (&queue->taken);

    member->data = leader->buffer + (offset - leader->io.offset);
    offset += member->io.length;
    *end = member;
    end = &member->next;
  }
  if (leader->members && !leader->grown) {
    leader->grown = true;
    queue->volume->grown++;
  }
  return leader;
}

static bool
all_copied (const struct request *leader)
{
  const struct request *member;

  for (member = leader->members; member; member = member->next)
    if (!member->copied)
      return false;
  return leader->copied;
}

/* Writes wait here for one grant copy for all of them. */
static void
start_writes (struct queue *queue, struct request_list *writes)
{
  struct request *leader;

  grants_copy (queue->grants);
  while ((leader = request_pop (writes)) != NULL) {
    if (all_copied (leader))
      submit_data (leader);
    else
      split (leader);
  }
}

bool
queue_start (struct queue *queue)
{
  struct volume *volume = queue->volume;
  struct request_list writes = { NULL, NULL };
  struct request *request;
  bool any = false;

  while ((request = request_pop (&queue->again)) != NULL) {
    any = true;
    queue_step (request);
  }
  while (queue->taken.head && volume->barrier == NULL) {
    struct request *leader = pop_merged (queue, volume->merge_limit);
    struct request *member;

    any = true;
    leader->copied = true;
    if (leader->io.kind == BLKIF_BARRIER)
      volume->barrier = leader; /* volume_turn runs it when all is done */
    else if (leader->io.kind == BLKIF_WRITE) {
      note_copy (leader, GRANTS_FROM_GUEST);
      for (member = leader->members; member; member = member->next)
        note_copy (member, GRANTS_FROM_GUEST);
      request_append (&writes, leader);
    }
    else {
      for (member = leader->members; member; member = member->next)
        member->copied = true;
      queue_step (leader);
    }
  }
  start_writes (queue, &writes);
  return any;
}

void
queue_command_ended (struct request *request)
{
  const int error = request->command.error;
  struct volume *volume = request->queue->volume;
  struct request *member, *next;

  if (error && request->members && error != ECANCELED) {
    split (request);
    return;
  }
  if (error)
    volume_request_failed (volume, request);
  else if (request->command.op == NBD_CLIENT_WRITE ||
           request->command.op == NBD_CLIENT_TRIM)
    volume->unflushed = true; /* what a flush in between did not cover */
  if (error == 0 && request->steps) {
    queue_step (request);
    return;
  }
  next = request->members;
  request->members = NULL;
  finish (request, request_status (request, error));
  while ((member = next) != NULL) {
    next = member->next;
    finish (member, request_status (member, error));
  }
}

bool
queue_has_retries (const struct queue *queue)
{
  return queue->again.head != NULL;
}

void
queue_drop (struct queue *queue)
{
  struct request *request;

  while ((request = request_pop (&queue->taken)) != NULL)
    finish (request, BLKIF_RSP_ERROR);
  while ((request = request_pop (&queue->again)) != NULL)
    finish (request, BLKIF_RSP_ERROR);
}

/* The request is answered.  Few buffers keep the memory that merging took. */
static void
release (struct request *request)
{
  struct queue *queue = request->queue;

  if (request->grown && queue->volume->grown > VOLUME_GROWN) {
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
  bool any = false;

  for (request = queue->finished.head; request; request = request->next) {
    request->copied = true;
    if (request->io.kind == BLKIF_READ && request->io.nsegments > 0 &&
        request->status == BLKIF_RSP_OKAY)
      note_copy (request, GRANTS_TO_GUEST);
  }
  grants_copy (queue->grants);
  while ((request = request_pop (&queue->finished)) != NULL) {
    any = true;
    ring_put (&queue->ring, request->io.id, request->io.operation,
              request->copied ? request->status : BLKIF_RSP_ERROR);
    release (request);
  }
  if (ring_publish (&queue->ring))
    channel_notify (queue->channel);
  return any;
}

bool
queue_sleep (struct queue *queue)
{
  channel_unmask (queue->channel);
  return ring_final_check (&queue->ring) && queue_has_room (queue);
}

void
queue_trim (struct queue *queue)
{
  if (queue->active == 0)
    madvise (queue->buffers, queue->buffers_size, MADV_DONTNEED);
}

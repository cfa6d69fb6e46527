/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * From what was taken to NBD commands.
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "queue.h"
#include "volume.h"
#include "xenbus/xen-public.h"

void
queue_plan (struct request *request)
{
  const struct volume *volume = request->queue->volume;

  request_plan (request, volume->fua, volume->write_through);
}

/* Are `count` bytes, more than 0, all zero? */
static bool
all_zero (const char *bytes, uint64_t count)
{
  return bytes[0] == 0 && memcmp (bytes, bytes + 1, count - 1) == 0;
}

/* Flags for the `count` bytes of the request and its members. */
static unsigned
write_flags (const struct request *request, uint64_t count)
{
  const unsigned zeroes = request->queue->volume->tune.detect_zeroes;
  unsigned flags = request->fua ? NBD_CLIENT_FUA : 0;

  if (zeroes != TUNE_ZEROES_OFF && all_zero (request->buffer, count))
    flags |= NBD_CLIENT_ZEROES;
  if (zeroes == TUNE_ZEROES_UNMAP)
    flags |= NBD_CLIENT_MAY_TRIM;
  return flags;
}

static void
submit (struct request *request, enum nbd_client_op op, uint64_t offset,
        uint64_t count)
{
  struct nbd_command *command = &request->command;

  memset (command, 0, sizeof *command);
  command->op = op;
  if (op == NBD_CLIENT_WRITE)
    command->flags = write_flags (request, count);
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
      queue_note_copy (request, GRANTS_FROM_GUEST);
      grants_copy (request->queue->grants);
      if (!request->copied) {
        queue_finish (request, BLKIF_RSP_ERROR);
        return;
      }
    }
    submit_data (request);
  }
  else if (request->steps & REQUEST_SYNC) {
    request->steps &= ~REQUEST_SYNC;
    sync_add (request->queue->volume, request);
  }
  else if (request->steps & REQUEST_FLUSH_AFTER) {
    request->steps &= ~REQUEST_FLUSH_AFTER;
    submit (request, NBD_CLIENT_FLUSH, 0, 0);
  }
  else
    queue_finish (request, BLKIF_RSP_OKAY);
}

/* Pop a request and all that continue it, as far as limits allow. */
static struct request *
pop_merged (struct queue *queue, struct request_list *list)
{
  const uint64_t limit = queue->volume->merge_limit;
  struct request *leader = request_pop (list);
  struct request **end = &leader->members;
  uint64_t offset = leader->io.offset + leader->io.length;

  limits_pass (queue->volume, leader);
  while (list->head &&
         request_continues (leader, offset, list->head, limit) &&
         !limits_hold (queue->volume, list->head)) {
    struct request *member = request_pop (list);

    limits_pass (queue->volume, member);
    queue_count_merged (member);
    member->data = leader->buffer + (offset - leader->io.offset);
    offset += member->io.length;
    *end = member;
    end = &member->next;
  }
  if (leader->members)
    queue_grow (leader);
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

/* Some of its writes are all zero, some are not, and it matters. */
static bool
half_zero (const struct request *leader)
{
  const struct request *member = leader->members;
  bool zero;

  if (member == NULL ||
      leader->queue->volume->tune.detect_zeroes == TUNE_ZEROES_OFF)
    return false;
  zero = all_zero (leader->data, leader->io.length);
  for (; member; member = member->next)
    if (all_zero (member->data, member->io.length) != zero)
      return true;
  return false;
}

/* Those on queue->writes have waited for one grant copy for all of them. */
static void
start_writes (struct queue *queue)
{
  struct request *leader;

  grants_copy (queue->grants);
  while ((leader = request_pop (&queue->writes)) != NULL) {
    if (all_copied (leader) && !half_zero (leader))
      submit_data (leader);
    else
      queue_split (leader);
  }
}

/* Start the first request of `list`, with those that continue it. */
static void
start (struct queue *queue, struct request_list *list)
{
  struct volume *volume = queue->volume;
  struct request *leader = pop_merged (queue, list), *member;

  leader->copied = true;
  if (leader->io.kind == BLKIF_BARRIER) {
    volume->barrier = leader; /* volume_turn runs it when all is done */
    volume->barriers++;
  }
  else if (leader->io.kind == BLKIF_WRITE) {
    queue_note_copy (leader, GRANTS_FROM_GUEST);
    for (member = leader->members; member; member = member->next)
      queue_note_copy (member, GRANTS_FROM_GUEST);
    request_append (&queue->writes, leader);
  }
  else {
    for (member = leader->members; member; member = member->next)
      member->copied = true;
    queue_step (leader);
  }
}

/* The ring whose turn it is: that with the oldest of the requests that limits
 * have kept back, of the reads (0) or all others (1).
 */
static struct queue *
oldest (const struct volume *volume, unsigned kind)
{
  struct queue *found = NULL;
  unsigned i;

  for (i = 0; i < volume->nqueues; i++) {
    struct queue *queue = volume->queues[i];
    const struct request *head = queue->limited[kind].head;

    if (head && (!found || head->taken < found->limited[kind].head->taken))
      found = queue;
  }
  return found;
}

static bool
start_limited (struct queue *queue, unsigned kind)
{
  if (queue == NULL || limits_hold (queue->volume, queue->limited[kind].head))
    return false;
  start (queue, &queue->limited[kind]);
  return true;
}

bool
queue_start_limited (struct volume *volume)
{
  bool any = false, more = !volume->hold.stopped;

  while (more) {
    struct queue *turn[2] = { oldest (volume, 0), oldest (volume, 1) };
    /* So that reads and writes share what limits both. */
    const unsigned first = turn[0] && turn[1]
                           ? turn[1]->limited[1].head->taken <
                             turn[0]->limited[0].head->taken
                           : turn[0] == NULL;

    more = start_limited (turn[first], first) ||
           start_limited (turn[!first], !first);
    any |= more;
  }
  return any;
}

/* A barrier never waits for limits: what comes behind it would pass it. */
static bool
must_wait (struct queue *queue, const struct request *request,
           const struct request_list *limited)
{
  return request->io.kind != BLKIF_BARRIER &&
         (limited->head || limits_hold (queue->volume, request));
}

bool
queue_start (struct queue *queue)
{
  struct volume *volume = queue->volume;
  struct request *request;
  bool any = false;

  if (volume->hold.stopped)
    return false;
  while ((request = request_pop (&queue->again)) != NULL) {
    any = true;
    queue_step (request);
  }
  while (queue->taken.head && volume->barrier == NULL) {
    struct request_list *limited =
      &queue->limited[queue->taken.head->io.kind != BLKIF_READ];

    if (must_wait (queue, queue->taken.head, limited))
      request_append (limited, request_pop (&queue->taken));
    else {
      start (queue, &queue->taken);
      any = true;
    }
  }
  start_writes (queue);
  return any;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What comes after a request's NBD command.
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "queue.h"
#include "volume.h"
#include "xenbus/xen-public.h"

void
queue_split (struct request *leader)
{
  struct queue *queue = leader->queue;
  struct request *request = leader, *next = leader->members;

  leader->members = NULL;
  while (request) {
    request->data = request->buffer;
    queue_plan (request);
    if (request->copied)
      request_append (&queue->again, request);
    else
      queue_finish (request, BLKIF_RSP_ERROR);
    request = next;
    next = request ? request->next : NULL;
  }
}

/* What the policy has the command of a request without members end with; -1
 * if it is held instead.
 */
static int
judge (struct request *request, int error)
{
  switch (hold_judge (request->queue->volume, request, error)) {
  case HOLD_KEPT:
    return -1;
  case HOLD_IGNORE:
    if (request->io.kind == BLKIF_READ)
      memset (request->data, 0, request->io.length);
    return 0;
  default:
    return error;
  }
}

/* Was the request's data written on a connection that was lost before the flush
 * which is to make it durable?  The server may have died with it.
 */
static bool
flush_came_too_late (const struct request *request)
{
  return request->command.op == NBD_CLIENT_FLUSH &&
         request->io.nsegments > 0 && !(request->steps & REQUEST_DATA) &&
         request->written != request->command.connection;
}

/* From the beginning, with the bytes of the guest, who has no answer yet. */
static void
do_again (struct request *request)
{
  if (request == request->queue->volume->barrier)
    queue_plan (request); /* volume_turn runs it */
  else
    queue_split (request);
}

void
queue_command_ended (struct request *request)
{
  struct volume *volume = request->queue->volume;
  struct request *member, *next;
  int error = request->command.error;

  if (error && request->members && error != ECANCELED) {
    queue_split (request);
    return;
  }
  if (request->command.op == NBD_CLIENT_WRITE)
    request->written = request->command.connection;
  if (error) {
    volume_request_failed (volume, request);
    error = judge (request, error);
    if (error == -1)
      return;
  }
  else if (flush_came_too_late (request)) {
    do_again (request);
    return;
  }
  else if (request->command.op == NBD_CLIENT_WRITE ||
           request->command.op == NBD_CLIENT_TRIM)
    volume->unflushed = true; /* what a flush in between did not cover */
  if (error == 0 && request->steps) {
    queue_step (request);
    return;
  }
  next = request->members;
  request->members = NULL;
  queue_finish (request, request_status (request, error));
  while ((member = next) != NULL) {
    next = member->next;
    queue_finish (member, request_status (member, error));
  }
}

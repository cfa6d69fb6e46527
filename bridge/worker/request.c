/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stddef.h>

#include "request.h"
#include "xenbus/xen-public.h"

void
request_append (struct request_list *list, struct request *request)
{
  request->next = NULL;
  if (list->tail)
    list->tail->next = request;
  else
    list->head = request;
  list->tail = request;
}

void
request_prepend (struct request_list *list, struct request *request)
{
  request->next = list->head;
  list->head = request;
  if (list->tail == NULL)
    list->tail = request;
}

struct request *
request_pop (struct request_list *list)
{
  struct request *request = list->head;

  if (request) {
    list->head = request->next;
    if (list->head == NULL)
      list->tail = NULL;
    request->next = NULL;
  }
  return request;
}

struct request *
request_of (struct nbd_command *command)
{
  return (struct request *) ((char *) command -
                             offsetof (struct request, command));
}

/* A write of data has to be durable. */
static void
plan_durable (struct request *request, bool fua, unsigned flush)
{
  request->fua = fua;
  if (!fua)
    request->steps |= flush;
}

void
request_plan (struct request *request, bool fua, bool write_through)
{
  const bool data = request->io.nsegments > 0;

  request->fua = false;
  request->steps = 0;
  switch (request->io.kind) {
  case BLKIF_READ:
  case BLKIF_DISCARD:
    request->steps = REQUEST_DATA;
    return;
  case BLKIF_WRITE:
    break;
  case BLKIF_FLUSH:
  case BLKIF_BARRIER:
    request->steps = REQUEST_FLUSH_BEFORE;
    break;
  }
  if (!data)
    return;
  request->steps |= REQUEST_DATA;
  if (request->io.kind == BLKIF_BARRIER)
    plan_durable (request, fua, REQUEST_FLUSH_AFTER);
  else if (write_through)
    plan_durable (request, fua, REQUEST_SYNC);
}

bool
request_continues (const struct request *leader, uint64_t end,
                   const struct request *next, uint64_t limit)
{
  return (leader->io.kind == BLKIF_READ || leader->io.kind == BLKIF_WRITE) &&
         next->io.kind == leader->io.kind &&
         next->steps == leader->steps && next->fua == leader->fua &&
         next->io.offset == end &&
         end + next->io.length - leader->io.offset <= limit;
}

int16_t
request_status (const struct request *request, int error)
{
  if (error == 0)
    return BLKIF_RSP_OKAY;
  if (error == ENOTSUP && request->io.kind != BLKIF_READ &&
      request->io.kind != BLKIF_WRITE)
    return BLKIF_RSP_EOPNOTSUPP;
  return BLKIF_RSP_ERROR;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

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

void
request_append_all (struct request_list *list, struct request_list *from)
{
  if (from->head == NULL)
    return;
  if (list->tail)
    list->tail->next = from->head;
  else
    list->head = from->head;
  list->tail = from->tail;
  *from = (struct request_list) { NULL, NULL };
}

uint64_t
request_reach (const struct request_list *list, uint64_t end)
{
  const struct request *request;

  for (request = list->head; request; request = request->next)
    if (request->io.offset + request->io.length > end)
      end = request->io.offset + request->io.length;
  return end;
}

struct request *
request_of (struct nbd_command *command)
{
  return (struct request *) ((char *) command -
                             offsetof (struct request, command));
}

void
request_command (struct request *request, enum nbd_client_op op,
                 uint64_t offset, uint64_t count)
{
  struct nbd_command *command = &request->command;

  memset (command, 0, sizeof *command);
  command->op = op;
  command->offset = offset;
  command->count = count;
  command->buffer = request->buffer;
  command->scratch = request->scratch;
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

void
request_describe_failure (const struct request *request, struct failure *why)
{
  static const char *const ops[] = {
    [NBD_CLIENT_READ] = "read", [NBD_CLIENT_WRITE] = "write",
    [NBD_CLIENT_FLUSH] = "flush", [NBD_CLIENT_TRIM] = "trim",
  };
  const struct nbd_command *command = &request->command;

  failure_set (why, "%s of %llu bytes at %llu failed: %s", ops[command->op],
               (unsigned long long) command->count,
               (unsigned long long) command->offset,
               strerror (command->error));
}

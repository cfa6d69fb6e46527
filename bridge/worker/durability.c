/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "durability.h"

void
durability_add (struct durability *durability, struct request *request)
{
  request_append (&durability->waiting, request);
}

struct nbd_command *
durability_next (struct durability *durability)
{
  if (durability->busy || durability->waiting.head == NULL)
    return NULL;
  request_append_all (&durability->covered, &durability->waiting);
  memset (&durability->command, 0, sizeof durability->command);
  durability->command.op = NBD_CLIENT_FLUSH;
  durability->busy = true;
  return &durability->command;
}

static void
end_all (struct request_list *list, const struct nbd_command *command,
         struct request_list *ended)
{
  struct request *request;

  for (request = list->head; request; request = request->next) {
    request->command.op = NBD_CLIENT_FLUSH;
    request->command.offset = request->command.count = 0;
    request->command.error = command->error;
    request->command.connection = command->connection;
  }
  request_append_all (ended, list);
}

void
durability_ended (struct durability *durability, struct request_list *ended)
{
  durability->busy = false;
  end_all (&durability->covered, &durability->command, ended);
}

bool
durability_idle (const struct durability *durability)
{
  return durability->waiting.head == NULL;
}

void
durability_cancel (struct durability *durability, struct request_list *ended)
{
  const struct nbd_command cancelled = { .error = ECANCELED };

  end_all (&durability->waiting, &cancelled, ended);
}

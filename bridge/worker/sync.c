/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "sync.h"
#include "volume.h"

void
sync_add (struct volume *volume, struct request *request)
{
  request_append (&volume->sync.waiting, request);
}

bool
sync_turn (struct volume *volume)
{
  struct sync *sync = &volume->sync;

  if (sync->busy || sync->waiting.head == NULL)
    return false;
  sync->covered = sync->waiting;
  sync->waiting = (struct request_list) { NULL, NULL };
  memset (&sync->command, 0, sizeof sync->command);
  sync->command.op = NBD_CLIENT_FLUSH;
  sync->busy = true;
  volume->unflushed = false;
  nbd_client_submit (volume->client, &sync->command);
  return true;
}

/* To each of them it is as if the flush had been its own. */
static void
end_all (struct request_list *list, const struct nbd_command *command)
{
  struct request *request;

  while ((request = request_pop (list)) != NULL) {
    request->command.op = NBD_CLIENT_FLUSH;
    request->command.offset = request->command.count = 0;
    request->command.error = command->error;
    request->command.connection = command->connection;
    queue_command_ended (request);
  }
}

void
sync_ended (struct volume *volume)
{
  struct request_list covered = volume->sync.covered;

  volume->sync.covered = (struct request_list) { NULL, NULL };
  volume->sync.busy = false;
  end_all (&covered, &volume->sync.command);
}

bool
sync_idle (const struct volume *volume)
{
  return volume->sync.waiting.head == NULL;
}

void
sync_drop (struct volume *volume)
{
  const struct nbd_command cancelled = { .error = ECANCELED };

  end_all (&volume->sync.waiting, &cancelled);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A worker's target, and the medium of a drive that can have another one.
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "worker.h"

/* Read worker->target.  Returns 1, 0 for no medium, or -1 with open_error. */
static int
parse (struct worker *worker, struct nbd_target *target)
{
  if (worker->removable && worker->target[0] == '\0')
    return 0;
  return nbd_target_parse (worker->target, target, worker->open_error,
                           sizeof worker->open_error) == -1 ? -1 : 1;
}

/* A daemon that was restarted asks again, and must mean the same. */
static void
open_again (struct worker *worker, const struct message_open *open)
{
  if (strcmp (worker->target, open->target) == 0 &&
      worker->read_only == open->options.read_only)
    return;
  if (!open->removable || !worker->read_only || !open->options.read_only ||
      worker->lanes.most > 1) {
    snprintf (worker->open_error, sizeof worker->open_error,
              "the worker serves another target");
    return;
  }
  strcpy (worker->target, open->target);
  worker->removable = worker->changing = true;
}

void
worker_open (struct worker *worker, const struct message_open *open)
{
  struct lanes *lanes = &worker->lanes;
  struct volume *volume = &lanes->lane[0].session.volume;
  int r;

  worker->open_error[0] = '\0';
  if (volume->client) {
    open_again (worker, open);
    return;
  }
  volume->tune = lanes->tune = lanes->order[0].tune = open->tune;
  strcpy (worker->target, open->target);
  worker->read_only = open->options.read_only;
  worker->removable = open->removable;
  r = parse (worker, &lanes->target);
  if (r == -1)
    return;
  lanes->options = open->options;
  lanes->most = open->removable ? 1 : open->connections;
  volume->client = nbd_client_new (worker->loop, r ? &lanes->target : NULL,
                                   &open->options);
  if (volume->client == NULL)
    snprintf (worker->open_error, sizeof worker->open_error,
              "cannot start the NBD client: %s", strerror (errno));
}

void
worker_change_turn (struct worker *worker, bool drained, bool server_is_there)
{
  struct volume *volume = &worker->lanes.lane[0].session.volume; /* all there is */
  struct nbd_target target;
  int r;

  if (!drained && session_give_up (&worker->lanes.lane[0].session))
    lanes_resume (&worker->lanes);
  else if (!drained) {
    /* What a server that is away has not answered, it never will. */
    if (server_is_there || nbd_client_busy (volume->client) == 0)
      return;
    nbd_client_cancel (volume->client);
  }
  else {
    worker->open_error[0] = '\0';
    r = parse (worker, &target);
    nbd_client_change (volume->client, r == 1 ? &target : NULL);
    worker->changing = false;
  }
  volume_again (volume);
}

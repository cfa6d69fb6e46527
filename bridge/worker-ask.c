/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker is asked beyond what its status says.
 */

#include <config.h>

#include "worker.h"

void
worker_ask_stats (struct worker *worker)
{
  worker->stats_serial = worker->serial;
  worker->stats_next = 0;
}

/* The rings one by one; what does not fit the socket is sent later. */
static void
send_stats (struct worker *worker)
{
  const struct volume *volume = &worker->volume;
  struct message message = {
    .type = MESSAGE_STATS,
    .serial = worker->stats_serial,
    .stats = {
      .rings = volume->nstats > 0 ? volume->nstats : 1,
      .server_errors = volume->errors,
    },
  };

  if (volume->client)
    message.stats.connects = nbd_client_status (volume->client)->connects;
  while (worker->stats_next < message.stats.rings) {
    message.stats.ring = worker->stats_next;
    stats_look (&volume->stats[worker->stats_next], &message.stats.stats);
    if (!worker_send (worker, &message))
      return;
    worker->stats_next++;
  }
  worker->stats_serial = 0;
}

void
worker_answer (struct worker *worker)
{
  if (worker->stats_serial > 0)
    send_stats (worker);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker is asked beyond what its status says.
 */

#include <config.h>

#include <errno.h>
#include <string.h>

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
  const struct lanes *lanes = &worker->lanes;
  struct message message = {
    .type = MESSAGE_STATS,
    .serial = worker->stats_serial,
    .stats = {
      .rings = lanes->nstats > 0 ? lanes->nstats : 1,
      .connects = lanes_connects (lanes),
      .server_errors = stats_get (&lanes->common.errors),
    },
  };

  while (worker->stats_next < message.stats.rings) {
    message.stats.ring = worker->stats_next;
    stats_look (&lanes->common.stats[worker->stats_next], &message.stats.stats);
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

static void
sum_of_rings (const struct lanes *lanes, struct stats *sum)
{
  struct stats each;
  unsigned i;

  memset (sum, 0, sizeof *sum);
  for (i = 0; i < lanes->nstats; i++) {
    stats_look (&lanes->common.stats[i], &each);
    stats_sum (sum, &each);
  }
}

static uint64_t
answered (const struct lanes *lanes)
{
  uint64_t n = 0;
  unsigned i, op;

  for (i = 0; i < lanes->nstats; i++)
    for (op = 0; op < STATS_OPS; op++)
      n += stats_get (&lanes->common.stats[i].ops[op].answered);
  return n;
}

static void
file_due (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct worker *worker = timer->data;
  const uint64_t n = answered (&worker->lanes);
  struct stats sum;

  (void) revents;
  if (n == worker->file_answered && !lanes_active (&worker->lanes))
    ev_timer_stop (loop, timer);
  worker->file_answered = n;
  sum_of_rings (&worker->lanes, &sum);
  stats_file_write (worker->file, &sum);
}

void
worker_open_file (struct worker *worker)
{
  struct device_id id;

  ev_init (&worker->file_timer, file_due);
  worker->file_timer.repeat = STATS_FILE_INTERVAL;
  worker->file_timer.data = worker;
  if (device_id_parse (worker->name, &id) == -1 ||
      id.kind != DEVICE_VBD3)
    return;
  worker->file = stats_file_open (&id);
  if (worker->file == NULL)
    log_warning (worker->name, "no figures for xentop: cannot make the "
                 "file in /dev/shm: %s", strerror (errno));
}

void
worker_note_load (struct worker *worker)
{
  if (worker->file && !ev_is_active (&worker->file_timer) &&
      (lanes_active (&worker->lanes) ||
       answered (&worker->lanes) != worker->file_answered))
    ev_timer_again (worker->loop, &worker->file_timer);
}

void
worker_close_file (struct worker *worker)
{
  ev_timer_stop (worker->loop, &worker->file_timer);
  stats_file_close (worker->file);
  worker->file = NULL;
}

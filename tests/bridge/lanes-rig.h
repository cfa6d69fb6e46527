/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Lanes as they obey and report, where there are none: for the tests of what
 * they agree on.
 */

#ifndef LANES_RIG_H
#define LANES_RIG_H

#include "bridge/worker/agreement.h"

#define LANES 3u

static struct message_connect rings;

/* Each lane has obeyed its last order. */
static inline void
obey_one (struct agreement *agreement, unsigned i)
{
  struct lane_report *report = &agreement->report[i];
  const struct lane_order *order = &agreement->order[i];

  report->number = order->number;
  report->connected = order->rings != NULL;
  report->flushes = order->flushes;
  report->looks = order->looks;
  report->stopped = order->stopped;
}

static inline void
obey (struct agreement *agreement)
{
  for (unsigned i = 0; i < agreement->running; i++)
    obey_one (agreement, i);
  agreement->untold = false;
}

static inline struct agreement *
one_lane (void)
{
  static struct agreement agreement;
  struct lane_report *report = &agreement.report[0];

  agreement_init (&agreement);
  report->has_export = true;
  report->server.state = NBD_CLIENT_OPEN;
  report->export = (struct nbd_client_export) {
    .size = 1 << 20, .real_size = 1 << 20, .minimum_block = 512,
    .flush = true, .trim = true, .multi_conn = true,
  };
  return &agreement;
}

/* Connected, and all is obeyed. */
static inline struct agreement *
lanes (unsigned n)
{
  struct agreement *agreement = one_lane ();

  while (agreement->running < n) {
    agreement_add (agreement);
    agreement->report[agreement->running - 1].has_export = true;
    agreement->report[agreement->running - 1].export =
      agreement->report[0].export;
    agreement->report[agreement->running - 1].server.state = NBD_CLIENT_OPEN;
  }
  agreement_serve (agreement, n, &rings);
  obey (agreement);
  return agreement;
}

#endif

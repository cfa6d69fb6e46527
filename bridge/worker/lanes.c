/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "lanes.h"

static void
report_came (struct ev_loop *loop, ev_async *async, int revents)
{
  /* The turn that follows looks at it. */
  (void) loop;
  (void) async;
  (void) revents;
}

static void
deadline_passed (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct lanes *lanes = timer->data;

  (void) loop;
  (void) revents;
  lanes->late = true;
}

void
lanes_init (struct lanes *lanes, struct ev_loop *loop, const char *name,
            uint32_t domid, const char *run_dir)
{
  unsigned i;

  memset (lanes, 0, sizeof *lanes);
  lanes->loop = loop;
  lanes->most = 1;
  agreement_init (&lanes->agreement);
  for (i = 0; i < LANES_MAX; i++)
    lane_init (&lanes->lane[i], name, domid, run_dir, &lanes->common);
  lane_set_loop (&lanes->lane[0], loop);
  ev_timer_init (&lanes->deadline, deadline_passed, LANES_OPEN, 0);
  lanes->deadline.data = lanes;
  ev_async_init (&lanes->told, report_came);
  ev_async_start (loop, &lanes->told);
}

/* All but the first, from number `first` on.  What each said last counts. */
static void
end_lanes (struct lanes *lanes, unsigned first)
{
  struct agreement *agreement = &lanes->agreement;
  unsigned i;

  for (i = first; i < agreement->running; i++) {
    lane_end (&lanes->lane[i]);
    lane_look (&lanes->lane[i], &agreement->report[i]);
  }
  agreement_end (agreement, first);
  lane_set_several (&lanes->lane[0], agreement->serving > 1);
}

void
lanes_free (struct lanes *lanes)
{
  ev_timer_stop (lanes->loop, &lanes->deadline);
  ev_async_stop (lanes->loop, &lanes->told);
  end_lanes (lanes, 1);
  lane_close (&lanes->lane[0]);
}

void
lanes_prepare (struct lanes *lanes, const struct nbd_client_options *options,
               unsigned most, const struct tune *tune)
{
  lanes->agreement.tune = lanes->agreement.order[0].tune = *tune;
  lanes->options = *options;
  lanes->most = most;
}

int
lanes_open (struct lanes *lanes, const struct nbd_target *target)
{
  if (target)
    lanes->target = *target;
  return lane_open (&lanes->lane[0], target, &lanes->options,
                    &lanes->agreement.tune);
}

bool
lanes_are_one (const struct lanes *lanes)
{
  return lanes->most == 1;
}

/* What a server that is away has not answered, it never will. */
void
lanes_let_go (struct lanes *lanes)
{
  if (lane_give_up (&lanes->lane[0]))
    agreement_resume (&lanes->agreement);
  else if (!agreement_server_is_there (&lanes->agreement))
    lane_cancel (&lanes->lane[0]);
}

void
lanes_change (struct lanes *lanes, const struct nbd_target *target)
{
  lane_change (&lanes->lane[0], target);
}

void
lanes_connect (struct lanes *lanes, const struct message_connect *connect)
{
  lanes->connect = *connect;
  lanes->state = LANES_OPENING;
  lanes->late = false;
  if (lanes->rings_most < connect->rings.count)
    lanes->rings_most = connect->rings.count;
  ev_timer_set (&lanes->deadline, LANES_OPEN, 0);
  ev_timer_start (lanes->loop, &lanes->deadline);
}

/* One more. */
static int
start_lane (struct lanes *lanes)
{
  struct agreement *agreement = &lanes->agreement;
  struct lane *lane = &lanes->lane[agreement->running];
  struct nbd_client_options options = lanes->options;
  uint64_t suppressed;

  options.several = true;
  if (lane_start (lane, &lanes->target, &options, &agreement->tune,
                  lanes->loop, &lanes->told) == -1) {
    if (log_quota_pass (&lanes->start_quota, ev_now (lanes->loop),
                        &suppressed))
      log_warning (lane->session.volume.name,
                   "cannot start another thread: %s", strerror (errno));
    return -1;
  }
  agreement_add (agreement);
  return 0;
}

/* One after the other: a server that takes no more is not bothered again. */
static bool
all_open (struct lanes *lanes)
{
  const struct agreement *agreement = &lanes->agreement;
  const unsigned last = agreement->running - 1;

  if (lanes->late)
    return true;
  if (last > 0 && !agreement_decided (agreement, last))
    return false;
  return (last > 0 && !agreement_usable (agreement, last)) ||
         agreement->running >= agreement_wanted (agreement,
                                                 lanes->connect.rings.count,
                                                 lanes->most) ||
         start_lane (lanes) == -1;
}

/* Deal the rings out to the lanes that are there. */
static void
open_turn (struct lanes *lanes)
{
  struct agreement *agreement = &lanes->agreement;
  unsigned n = 1;

  if (!all_open (lanes))
    return;
  while (n < agreement->running && agreement_usable (agreement, n))
    n++;
  agreement_serve (agreement, n, &lanes->connect);
  end_lanes (lanes, n);
  ev_timer_stop (lanes->loop, &lanes->deadline);
  lanes->state = LANES_CONNECTING;
}

void
lanes_disconnect (struct lanes *lanes)
{
  switch (lanes->state) {
  case LANES_NONE:
  case LANES_CLOSING:
    return;
  case LANES_OPENING:
    ev_timer_stop (lanes->loop, &lanes->deadline);
    end_lanes (lanes, 1);
    lanes->state = LANES_NONE;
    return;
  case LANES_CONNECTING:
  case LANES_UP:
    agreement_give_back (&lanes->agreement);
    lanes->state = LANES_CLOSING;
  }
}

/* What became of the rings? */
static void
rings_turn (struct lanes *lanes)
{
  const struct agreement *agreement = &lanes->agreement;
  unsigned connected;

  if (!agreement_all_current (agreement))
    return;
  connected = agreement_connected (agreement);
  if (lanes->state == LANES_CONNECTING && connected == agreement->serving)
    lanes->state = LANES_UP;
  else if (lanes->state == LANES_CLOSING && connected == 0) {
    end_lanes (lanes, 1);
    lanes->state = LANES_NONE;
  }
}

enum handshake_rings
lanes_rings (const struct lanes *lanes)
{
  static const enum handshake_rings rings[] = {
    [LANES_NONE] = HANDSHAKE_RINGS_NONE,
    [LANES_OPENING] = HANDSHAKE_RINGS_CONNECTING,
    [LANES_CONNECTING] = HANDSHAKE_RINGS_CONNECTING,
    [LANES_UP] = HANDSHAKE_RINGS_CONNECTED,
    [LANES_CLOSING] = HANDSHAKE_RINGS_DISCONNECTING,
  };

  return rings[lanes->state];
}

void
lanes_stop (struct lanes *lanes, const char *why)
{
  if (lanes->state == LANES_UP)
    agreement_stop (&lanes->agreement, why);
}

void
lanes_tell (struct lanes *lanes)
{
  struct agreement *agreement = &lanes->agreement;
  unsigned i;

  if (!agreement->untold)
    return;
  agreement->untold = false;
  for (i = 0; i < agreement->running; i++)
    lane_tell (&lanes->lane[i], &agreement->order[i]);
}

void
lanes_turn (struct lanes *lanes)
{
  struct agreement *agreement = &lanes->agreement;
  unsigned i;

  lanes_tell (lanes);
  lane_turn (&lanes->lane[0]);
  for (i = 0; i < agreement->running; i++)
    lane_look (&lanes->lane[i], &agreement->report[i]);
  if (lanes->state == LANES_OPENING)
    open_turn (lanes);
  rings_turn (lanes);
  agreement_turn (agreement, lanes->state == LANES_UP);
  lanes_tell (lanes);
}

const struct device_rings *
lanes_served (const struct lanes *lanes, unsigned *serving)
{
  *serving = lanes->agreement.serving;
  return &lanes->connect.rings;
}

unsigned
lanes_stats_rings (const struct lanes *lanes)
{
  return lanes->rings_most;
}

void
lanes_stats (const struct lanes *lanes, unsigned ring, struct stats *copy)
{
  stats_look (&lanes->common.stats[ring], copy);
}

uint64_t
lanes_answered (const struct lanes *lanes)
{
  uint64_t n = 0;
  unsigned i, op;

  for (i = 0; i < lanes->rings_most; i++)
    for (op = 0; op < STATS_OPS; op++)
      n += stats_get (&lanes->common.stats[i].ops[op].answered);
  return n;
}

uint64_t
lanes_errors (const struct lanes *lanes)
{
  return stats_get (&lanes->common.errors);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
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
  tune_init (&lanes->tune);
  lanes->order[0].tune = lanes->tune;
  for (i = 0; i < LANES_MAX; i++)
    lane_init (&lanes->lane[i], name, domid, run_dir, &lanes->common);
  lane_run (&lanes->lane[0], loop);
  lanes->running = lanes->serving = lanes->most = 1;
  ev_timer_init (&lanes->deadline, deadline_passed, LANES_OPEN, 0);
  lanes->deadline.data = lanes;
  ev_async_init (&lanes->told, report_came);
  ev_async_start (loop, &lanes->told);
}

/* All but the first, from number `first` on. */
static void
end_lanes (struct lanes *lanes, unsigned first)
{
  while (lanes->running > first) {
    lane_end (&lanes->lane[--lanes->running]);
    lane_look (&lanes->lane[lanes->running], &lanes->report[lanes->running]);
    lanes->connects += lanes->report[lanes->running].server.connects;
  }
  if (lanes->serving > first)
    lanes->serving = first;
  if (lanes->lane[0].session.volume.client)
    nbd_client_set_several (lanes->lane[0].session.volume.client, lanes->serving > 1);
}

void
lanes_free (struct lanes *lanes)
{
  ev_timer_stop (lanes->loop, &lanes->deadline);
  ev_async_stop (lanes->loop, &lanes->told);
  end_lanes (lanes, 1);
  ev_idle_stop (lanes->loop, &lanes->lane[0].session.volume.again);
  nbd_client_free (lanes->lane[0].session.volume.client);
}

/* How many would be good to have: a connection may change blocks of the server's
 * that another one has read, so not where a write is less than a block.
 */
static unsigned
wanted (const struct lanes *lanes)
{
  struct nbd_client *client = lanes->lane[0].session.volume.client;
  unsigned n = lanes->connect.rings.count;

  if (!nbd_client_export (client)->multi_conn ||
      nbd_client_scratch (client) > 0 ||
      nbd_client_status (client)->state != NBD_CLIENT_OPEN)
    return 1;
  return n < lanes->most ? n : lanes->most;
}

void
lanes_connect (struct lanes *lanes, const struct message_connect *connect)
{
  lanes->connect = *connect;
  lanes->opening = true;
  lanes->late = false;
  if (lanes->nstats < connect->rings.count)
    lanes->nstats = connect->rings.count;
  ev_timer_set (&lanes->deadline, LANES_OPEN, 0);
  ev_timer_start (lanes->loop, &lanes->deadline);
}

/* One more. */
static int
start_lane (struct lanes *lanes)
{
  const unsigned n = lanes->running;
  struct nbd_client_options options = lanes->options;
  uint64_t suppressed;

  memset (&lanes->order[n], 0, sizeof lanes->order[n]);
  memset (&lanes->report[n], 0, sizeof lanes->report[n]);
  options.several = true;
  if (lane_start (&lanes->lane[n], &lanes->target, &options, &lanes->tune,
                  lanes->loop, &lanes->told) == -1) {
    if (log_limit_pass (&lanes->start_limit, ev_now (lanes->loop),
                        &suppressed))
      log_warning (lanes->lane[n].session.volume.name,
                   "cannot start another thread: %s", strerror (errno));
    return -1;
  }
  lanes->running++;
  return 0;
}

/* Is its connection there, or not going to be? */
static bool
is_decided (const struct lane_report *report)
{
  return report->has_export || report->server.attempts > 0;
}

/* Does it lead to what the first one has? */
static bool
is_usable (const struct lanes *lanes, unsigned i)
{
  const struct nbd_client_export *first =
    nbd_client_export (lanes->lane[0].session.volume.client);
  const struct lane_report *report = &lanes->report[i];
  const struct nbd_client_export *export = &report->export;

  return report->has_export && report->server.state == NBD_CLIENT_OPEN &&
         export->size == first->size &&
         export->minimum_block == first->minimum_block &&
         export->read_only == first->read_only &&
         export->flush == first->flush && export->trim == first->trim &&
         export->multi_conn;
}

/* One after the other: a server that takes no more is not bothered again. */
static bool
all_open (struct lanes *lanes)
{
  const unsigned last = lanes->running - 1;

  if (lanes->late)
    return true;
  if (last > 0 && !is_decided (&lanes->report[last]))
    return false;
  return (last > 0 && !is_usable (lanes, last)) ||
         lanes->running >= wanted (lanes) || start_lane (lanes) == -1;
}

/* Deal the rings out to the lanes that are there. */
static void
open_turn (struct lanes *lanes)
{
  unsigned n = 1, i;

  if (!all_open (lanes))
    return;
  while (n < lanes->running && is_usable (lanes, n))
    n++;
  lanes->serving = n;
  end_lanes (lanes, n);
  ev_timer_stop (lanes->loop, &lanes->deadline);
  lanes->opening = false;
  lanes_change (lanes);
  for (i = 0; i < n; i++) {
    struct lane_order *order = &lanes->order[i];

    order->rings = &lanes->connect;
    order->first = i;
    order->volumes = n;
    order->tune = lanes->tune;
    order->paused = lanes->pausing;
  }
}

void
lanes_disconnect (struct lanes *lanes)
{
  unsigned i;

  if (lanes->opening) {
    lanes->opening = false;
    ev_timer_stop (lanes->loop, &lanes->deadline);
    end_lanes (lanes, 1);
  }
  if (lanes->order[0].rings == NULL)
    return;
  lanes->up = lanes->stopped = false;
  lanes->closing = true;
  lanes_change (lanes);
  for (i = 0; i < lanes->running; i++) {
    lanes->order[i].rings = NULL;
    lanes->order[i].stopped = false;
  }
}

/* What became of the rings? */
static void
rings_turn (struct lanes *lanes)
{
  unsigned i, connected = 0;

  if (!lanes_all_current (lanes))
    return;
  for (i = 0; i < lanes->serving; i++)
    connected += lanes->report[i].connected;
  if (lanes->order[0].rings)
    lanes->up = connected == lanes->serving;
  else if (lanes->closing && connected == 0) {
    lanes->closing = lanes->granting = false;
    end_lanes (lanes, 1);
  }
}

enum handshake_rings
lanes_rings (const struct lanes *lanes)
{
  if (lanes->up)
    return HANDSHAKE_RINGS_CONNECTED;
  if (lanes->opening || lanes->order[0].rings)
    return HANDSHAKE_RINGS_CONNECTING;
  return lanes->closing ? HANDSHAKE_RINGS_DISCONNECTING : HANDSHAKE_RINGS_NONE;
}

const char *
lanes_error (const struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->serving; i++)
    if (lanes->report[i].ring_error[0])
      return lanes->report[i].ring_error;
  return "";
}

void
lanes_tell (struct lanes *lanes)
{
  unsigned i;

  if (!lanes->untold)
    return;
  lanes->untold = false;
  for (i = 0; i < lanes->running; i++)
    lane_tell (&lanes->lane[i], &lanes->order[i]);
}

void
lanes_turn (struct lanes *lanes)
{
  unsigned i;

  lanes_tell (lanes);
  lane_turn (&lanes->lane[0]);
  for (i = 0; i < lanes->running; i++)
    lane_look (&lanes->lane[i], &lanes->report[i]);
  if (lanes->opening)
    open_turn (lanes);
  rings_turn (lanes);
  lanes_agree (lanes);
  lanes_tell (lanes);
}

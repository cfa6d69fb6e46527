/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker tells the operator about its disk.
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "worker.h"

static void
log_server_state (struct worker *worker,
                  const struct nbd_client_status *status, double now)
{
  const char *name = worker->name;

  switch (status->state) {
  case NBD_CLIENT_OPENING:
    break;
  case NBD_CLIENT_OPEN:
    if (worker->logged == NBD_CLIENT_OPENING)
      log_debug (name, "the export is open");
    else if (worker->logged == NBD_CLIENT_SLOW)
      log_info (name, "the server answers again");
    else
      log_info (name, "the server is back after %.1f s",
                now - worker->held_since);
    break;
  case NBD_CLIENT_SLOW:
    log_warning (name, "the server is slow: %s", status->reason);
    break;
  case NBD_CLIENT_HELD:
    log_warning (name, "requests are held: %s", status->reason);
    break;
  case NBD_CLIENT_GIVEN_UP:
    log_error (name, "the server did not come back within the limit, "
               "requests fail: %s", status->reason);
    break;
  }
}

/* Tell the operator when the server goes and comes back, and what else is
 * wrong in between: it may be back, but with another export.
 */
static void
log_server (struct worker *worker)
{
  const struct nbd_client_status *status = lanes_server (&worker->lanes);
  const double now = ev_now (worker->loop);
  uint64_t suppressed;
  bool held;

  if (status == NULL)
    return;
  held = status->state >= NBD_CLIENT_HELD;
  if (held && !worker->held)
    worker->held_since = now;
  worker->held = held;
  if (status->state == worker->logged &&
      (status->state != NBD_CLIENT_HELD ||
       strcmp (status->reason, worker->logged_reason) == 0))
    return;
  if (!log_quota_pass (status->refused ? &worker->refused_quota
                                       : &worker->server_quota,
                       now, &suppressed)) {
    ev_timer_again (worker->loop, &worker->resend); /* if it still holds then */
    return;
  }
  log_server_state (worker, status, now);
  worker->logged = status->state;
  snprintf (worker->logged_reason, sizeof worker->logged_reason, "%s",
            status->reason);
}

static void
log_stopped (struct worker *worker)
{
  unsigned io_status;
  const char *why = lanes_stopped (&worker->lanes, &io_status);
  uint64_t suppressed;

  if (worker->stopped == (why != NULL))
    return;
  worker->stopped = why != NULL;
  if (why == NULL && lanes_rings (&worker->lanes) == HANDSHAKE_RINGS_CONNECTED)
    log_info (worker->name, "the disk goes on");
  else if (why && log_quota_pass (&worker->stop_quota, ev_now (worker->loop),
                                  &suppressed))
    log_warning (worker->name, "the disk is stopped: %s", why);
}

static void
log_connected (struct worker *worker)
{
  const struct lanes *lanes = &worker->lanes;
  const struct device_rings *rings = &lanes->connect.rings;
  const unsigned pages = rings->rings[0].pages, n = lanes->serving;
  const bool connected = lanes_rings (lanes) == HANDSHAKE_RINGS_CONNECTED;

  if (worker->connected == connected)
    return;
  worker->connected = connected;
  if (!connected)
    return;
  log_debug (worker->name, "serving %u ring%s of %u page%s, %s, by %u "
             "thread%s", rings->count, rings->count > 1 ? "s" : "", pages,
             pages > 1 ? "s" : "", rings->abi->name, n, n > 1 ? "s" : "");
}

void
worker_log (struct worker *worker)
{
  log_connected (worker);
  log_server (worker);
  log_stopped (worker);
}

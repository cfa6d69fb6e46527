/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>

#include "news.h"

_Static_assert (NBD_CLIENT_OPENING == 0, "of which nothing is told");

static void
tell_server_state (const struct news *news, const char *name,
                   const struct nbd_client_status *status, double now)
{
  switch (status->state) {
  case NBD_CLIENT_OPENING:
    break;
  case NBD_CLIENT_OPEN:
    if (news->server == NBD_CLIENT_OPENING)
      log_debug (name, "the export is open");
    else if (news->server == NBD_CLIENT_SLOW)
      log_info (name, "the server answers again");
    else
      log_info (name, "the server is back after %.1f s",
                now - news->held_since);
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

/* When the server goes and comes back, and what else is wrong in between: it
 * may be back, but with another export.
 */
static bool
tell_server (struct news *news, const char *name,
             const struct nbd_client_status *status, double now)
{
  const bool held = status->state >= NBD_CLIENT_HELD;
  uint64_t suppressed;

  if (held && !news->held)
    news->held_since = now;
  news->held = held;
  if (status->state == news->server &&
      (status->state != NBD_CLIENT_HELD ||
       strcmp (status->reason, news->reason) == 0))
    return true;
  if (!log_quota_pass (status->refused ? &news->refused_quota
                                       : &news->server_quota,
                       now, &suppressed))
    return false;
  tell_server_state (news, name, status, now);
  news->server = status->state;
  memcpy (news->reason, status->reason, sizeof news->reason);
  return true;
}

static void
tell_stopped (struct news *news, const char *name, const struct lanes *lanes,
              double now)
{
  unsigned io_status;
  const char *why = agreement_stopped (&lanes->agreement, &io_status);
  uint64_t suppressed;

  if (news->stopped == (why != NULL))
    return;
  news->stopped = why != NULL;
  if (why == NULL && lanes_rings (lanes) == HANDSHAKE_RINGS_CONNECTED)
    log_info (name, "the disk goes on");
  else if (why && log_quota_pass (&news->stop_quota, now, &suppressed))
    log_warning (name, "the disk is stopped: %s", why);
}

static void
tell_connected (struct news *news, const char *name, const struct lanes *lanes)
{
  const bool connected = lanes_rings (lanes) == HANDSHAKE_RINGS_CONNECTED;
  const struct device_rings *rings;
  unsigned n, pages;

  if (news->connected == connected)
    return;
  news->connected = connected;
  if (!connected)
    return;
  rings = lanes_served (lanes, &n);
  pages = rings->rings[0].pages;
  log_debug (name, "serving %u ring%s of %u page%s, %s, by %u thread%s",
             rings->count, rings->count > 1 ? "s" : "", pages,
             pages > 1 ? "s" : "", rings->abi->name, n, n > 1 ? "s" : "");
}

bool
news_tell (struct news *news, const char *name, const struct lanes *lanes,
           double now)
{
  bool all;

  tell_connected (news, name, lanes);
  all = tell_server (news, name, agreement_server (&lanes->agreement), now);
  tell_stopped (news, name, lanes, now);
  return all;
}

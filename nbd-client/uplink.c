/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The way to the server: see uplink.h.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "export.h"
#include "uplink.h"

static void
uplink_retry (struct ev_loop *loop, ev_timer *watcher, int events)
{
  struct uplink *uplink = watcher->data;

  (void) loop;
  (void) events;
  uplink->due = true;
}

void
uplink_init (struct uplink *uplink)
{
  ev_timer_init (&uplink->retry, uplink_retry, 0., 0.);
  uplink->retry.data = uplink;
  uplink->delay = UPLINK_DELAY_MIN;
  uplink->due = true;
}

static void
uplink_set_reason (struct uplink *uplink, const char *reason)
{
  text_copy (uplink->status->reason, sizeof uplink->status->reason, reason);
}

/* Dial again in `delay` seconds. */
static void
uplink_wait (struct uplink *uplink, double delay)
{
  ev_now_update (uplink->loop);
  ev_timer_set (&uplink->retry, delay, 0.);
  ev_timer_start (uplink->loop, &uplink->retry);
  uplink->delay *= 2;
  if (uplink->delay > UPLINK_DELAY_MAX)
    uplink->delay = UPLINK_DELAY_MAX;
}

/* An attempt ended without a connection. */
static void
uplink_failed (struct uplink *uplink, const char *reason, bool refused)
{
  uplink_set_reason (uplink, reason);
  uplink->status->attempts++;
  uplink->failed = true;
  uplink->status->refused = refused;
  uplink_wait (uplink, refused ? UPLINK_DELAY_REFUSED : uplink->delay);
}

/* The size that the export has in whole blocks, which stay as they were. */
static uint64_t
uplink_size (const struct uplink *uplink, const struct nbd_client_export *now)
{
  return now->real_size & ~(uint64_t) (uplink->export.minimum_block - 1);
}

/* Is it as good as the one first seen?  A size that may change is. */
static int
uplink_compare (struct uplink *uplink, const struct nbd_client_export *now,
                struct failure *failure)
{
  struct nbd_client_export first = uplink->export;
  const uint64_t size = uplink_size (uplink, now);

  if (uplink->options->several && !now->multi_conn)
    return failure_set (failure,
                        "the server no longer keeps several connections "
                        "consistent (multi-conn)");
  if (size < first.size && uplink->may_shrink) {
    if (size < uplink->floor || size == 0)
      return failure_set (failure, "the export is now %" PRIu64 " bytes, but "
                          "requests in flight reach up to %" PRIu64,
                          now->real_size, uplink->floor);
    first.size = size;
  }
  if (export_compare (&first, now, failure) == -1)
    return -1;
  uplink->export.size = size;
  uplink->export.real_size = now->real_size;
  return 0;
}

/* It is another medium: all may differ but the blocks, for which the owner has
 * its memory.
 */
static int
uplink_replace (struct uplink *uplink, const struct nbd_client_export *now,
                struct failure *failure)
{
  const uint32_t minimum = uplink->export.minimum_block;

  if (now->minimum_block > minimum)
    return failure_set (failure, "the medium's minimum block size is %" PRIu32
                        " bytes; this drive takes at most %" PRIu32,
                        now->minimum_block, minimum);
  uplink->export = *now;
  uplink->export.minimum_block = minimum;
  uplink->export.size = uplink_size (uplink, now);
  uplink->replace = false;
  return 0;
}

/* Can the server be used?  Fills in export and blocks if it is the first. */
static int
uplink_judge (struct uplink *uplink, struct connection *connection,
              struct failure *failure)
{
  struct export_facts facts;
  struct nbd_client_export export;

  connection_facts (connection, &facts);
  if (export_open (&facts, uplink->options->read_only, &export, failure) == -1)
    return -1;
  if (uplink->replace) {
    if (uplink_replace (uplink, &export, failure) == -1)
      return -1;
  }
  else if (uplink->known &&
           uplink_compare (uplink, &export, failure) == -1)
    return -1;
  if (!uplink->known)
    uplink->export = export;
  uplink->known = true;
  /* Blocks stay as they were, for the scratch memory's sake; how much goes
   * into one command, and what it can be asked for, is this server's say.
   */
  uplink->blocks.minimum = uplink->export.minimum_block;
  uplink->blocks.maximum = export.maximum_block;
  uplink->blocks.fua = export.fua;
  uplink->blocks.zero = export.zero;
  return 0;
}

/* The attempt brought a connection.  Returns true if it is good. */
static bool
uplink_accept (struct uplink *uplink, struct connection *connection)
{
  char reason[NBD_CLIENT_REASON_MAX];

  if (uplink_judge (uplink, connection, FAILURE_INTO (reason)) == -1) {
    connection_free (connection);
    uplink_failed (uplink, reason, true);
    return false;
  }
  uplink->connection = connection;
  uplink->status->attempts = 0;
  uplink->status->connects++;
  uplink->status->refused = false;
  return true;
}

bool
uplink_turn (struct uplink *uplink)
{
  struct dial *dial;
  enum dial_state state;
  bool good = false;

  if (uplink->due && !uplink->dial && !uplink->connection) {
    uplink->due = false;
    uplink->dial = dial_new (uplink->loop, uplink->target, uplink->options);
    if (!uplink->dial)
      uplink_failed (uplink, strerror (errno), false);
  }
  dial = uplink->dial;
  if (!dial)
    return false;
  state = dial_turn (dial);
  if (state == DIAL_BUSY)
    return false;
  uplink->dial = NULL;
  if (state == DIAL_READY)
    good = uplink_accept (uplink, dial_take (dial));
  else
    uplink_failed (uplink, dial_reason (dial), dial_refused (dial));
  dial_free (dial);
  return good;
}

void
uplink_useful (struct uplink *uplink)
{
  uplink->delay = UPLINK_DELAY_MIN;
}

void
uplink_drop (struct uplink *uplink, const char *reason)
{
  uplink_set_reason (uplink, reason);
  connection_free (uplink->connection);
  uplink->connection = NULL;
  uplink_wait (uplink, uplink->delay);
}

void
uplink_change (struct uplink *uplink, bool medium)
{
  const uint32_t minimum = uplink->known ? uplink->export.minimum_block
                                         : EXPORT_PREFERRED_DEFAULT;

  uplink_free (uplink);
  uplink->export = (struct nbd_client_export) {
    .minimum_block = minimum,
    .preferred_block = EXPORT_PREFERRED_DEFAULT,
    .maximum_block = EXPORT_MAXIMUM_DEFAULT,
    .read_only = true,
  };
  uplink->blocks.minimum = minimum;
  uplink->blocks.maximum = EXPORT_MAXIMUM_DEFAULT;
  uplink->known = true;
  uplink->empty = !medium;
  uplink->replace = uplink->due = medium;
  uplink->may_shrink = uplink->failed = false;
  uplink->delay = UPLINK_DELAY_MIN;
  uplink->status->attempts = 0;
  uplink->status->refused = false;
  uplink_set_reason (uplink, medium ? "the medium is being opened" : "");
}

void
uplink_redial (struct uplink *uplink)
{
  connection_free (uplink->connection);
  uplink->connection = NULL;
  uplink->due = true;
}

void
uplink_hurry (struct uplink *uplink)
{
  ev_timer_stop (uplink->loop, &uplink->retry);
  uplink->due = true;
}

void
uplink_free (struct uplink *uplink)
{
  ev_timer_stop (uplink->loop, &uplink->retry);
  dial_free (uplink->dial);
  uplink->dial = NULL;
  connection_free (uplink->connection);
  uplink->connection = NULL;
}

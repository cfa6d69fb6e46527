/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "agreement.h"

void
agreement_init (struct agreement *agreement)
{
  memset (agreement, 0, sizeof *agreement);
  tune_init (&agreement->tune);
  agreement->order[0].tune = agreement->tune;
  agreement->running = agreement->serving = 1;
}

void
agreement_change (struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->running; i++)
    agreement->order[i].number++;
  agreement->untold = true;
}

bool
agreement_is_current (const struct agreement *agreement, unsigned i)
{
  return agreement->report[i].number == agreement->order[i].number;
}

bool
agreement_all_current (const struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->serving; i++)
    if (!agreement_is_current (agreement, i))
      return false;
  return true;
}

void
agreement_add (struct agreement *agreement)
{
  const unsigned n = agreement->running++;

  memset (&agreement->order[n], 0, sizeof agreement->order[n]);
  memset (&agreement->report[n], 0, sizeof agreement->report[n]);
}

void
agreement_end (struct agreement *agreement, unsigned first)
{
  while (agreement->running > first)
    agreement->connects +=
      agreement->report[--agreement->running].server.connects;
  if (agreement->serving > first)
    agreement->serving = first;
  agreement->granting = false;
}

unsigned
agreement_wanted (const struct agreement *agreement, unsigned rings,
                  unsigned most)
{
  const struct lane_report *first = &agreement->report[0];

  if (!first->export.multi_conn ||
      first->export.minimum_block > BLKIF_SECTOR ||
      first->server.state != NBD_CLIENT_OPEN)
    return 1;
  return rings < most ? rings : most;
}

bool
agreement_decided (const struct agreement *agreement, unsigned i)
{
  return agreement->report[i].has_export ||
         agreement->report[i].server.attempts > 0;
}

bool
agreement_usable (const struct agreement *agreement, unsigned i)
{
  const struct nbd_client_export *first = &agreement->report[0].export;
  const struct lane_report *report = &agreement->report[i];
  const struct nbd_client_export *export = &report->export;

  return report->has_export && report->server.state == NBD_CLIENT_OPEN &&
         export->size == first->size &&
         export->minimum_block == first->minimum_block &&
         export->read_only == first->read_only &&
         export->flush == first->flush && export->trim == first->trim &&
         export->multi_conn;
}

void
agreement_serve (struct agreement *agreement, unsigned n,
                 const struct message_connect *rings)
{
  unsigned i;

  agreement->serving = n;
  agreement_change (agreement);
  for (i = 0; i < n; i++) {
    struct lane_order *order = &agreement->order[i];

    order->rings = rings;
    order->first = i;
    order->volumes = n;
    order->tune = agreement->tune;
    order->paused = agreement->pausing;
  }
}

void
agreement_give_back (struct agreement *agreement)
{
  unsigned i;

  agreement->stopped = false;
  agreement_change (agreement);
  for (i = 0; i < agreement->running; i++) {
    agreement->order[i].rings = NULL;
    agreement->order[i].stopped = false;
  }
}

unsigned
agreement_connected (const struct agreement *agreement)
{
  unsigned i, n = 0;

  for (i = 0; i < agreement->serving; i++)
    n += agreement->report[i].connected;
  return n;
}

void
agreement_stop (struct agreement *agreement, const char *why)
{
  unsigned i;

  if (agreement->stopped)
    return;
  agreement->stopped = true;
  agreement_change (agreement);
  for (i = 0; i < agreement->running; i++) {
    struct lane_order *order = &agreement->order[i];

    order->stopped = true;
    snprintf (order->why, sizeof order->why, "%s", why);
  }
}

void
agreement_resume (struct agreement *agreement)
{
  unsigned i;

  if (!agreement->stopped)
    return;
  agreement->stopped = false;
  agreement_change (agreement);
  for (i = 0; i < agreement->running; i++) {
    agreement->order[i].stopped = false;
    agreement->order[i].resumes++;
  }
}

/* A disk is stopped as a whole, for the reason of the lane that was first. */
static void
stop_turn (struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->serving; i++)
    if (agreement_is_current (agreement, i) && agreement->report[i].stopped) {
      agreement_stop (agreement, agreement->report[i].why);
      return;
    }
}

/* The next lane that has a barrier, after the one that had the last. */
static void
find_barrier (struct agreement *agreement)
{
  unsigned i, n;

  for (i = 1; i <= agreement->serving && !agreement->granting; i++) {
    n = (agreement->granted + i) % agreement->serving;
    if (agreement->report[n].barrier > 0) {
      agreement->granting = true;
      agreement->granted = n;
      agreement->barrier = agreement->report[n].barrier;
    }
  }
}

/* All, if the worker wants it; or all but the one with the barrier. */
static void
set_paused (struct agreement *agreement)
{
  bool any = false, want;
  unsigned i;

  for (i = 0; i < agreement->serving; i++) {
    want = agreement->pausing ||
           (agreement->granting && i != agreement->granted);
    any |= agreement->order[i].paused != want;
    agreement->order[i].paused = want;
  }
  if (any)
    agreement_change (agreement);
}

static bool
others_are_quiet (const struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->serving; i++)
    if (i != agreement->granted && (!agreement_is_current (agreement, i) ||
                                !agreement->report[i].quiet))
      return false;
  return true;
}

/* One barrier of one lane at a time, while the others have nothing in flight
 * but barriers that have not begun.  Numbers of barriers only grow, so what a
 * lane reports is either this one, or later.  Between two of them all lanes
 * have a turn, or one lane's could keep the others waiting for ever.
 */
static void
barrier_turn (struct agreement *agreement)
{
  const struct lane_report *report = &agreement->report[agreement->granted];
  struct lane_order *order;

  if (agreement->granting && report->barrier != agreement->barrier)
    agreement->granting = false;
  set_paused (agreement);
  if (agreement->serving > 1 && agreement_all_current (agreement)) {
    find_barrier (agreement);
    set_paused (agreement);
  }
  order = &agreement->order[agreement->granted];
  if (agreement->granting && order->barrier != agreement->barrier &&
      others_are_quiet (agreement)) {
    order->barrier = agreement->barrier;
    agreement_change (agreement);
  }
}

void
agreement_turn (struct agreement *agreement, bool up)
{
  if (up)
    stop_turn (agreement);
  barrier_turn (agreement);
}

void
agreement_set_tune (struct agreement *agreement, const struct tune *tune)
{
  const uint32_t sector_size = agreement->tune.sector_size;
  unsigned i;

  agreement->tune = *tune;
  agreement->tune.sector_size = sector_size; /* the guest knows it */
  agreement_change (agreement);
  for (i = 0; i < agreement->running; i++)
    agreement->order[i].tune = agreement->tune;
}

void
agreement_pause (struct agreement *agreement, bool paused)
{
  agreement->pausing = paused;
  set_paused (agreement);
}

void
agreement_flush (struct agreement *agreement)
{
  unsigned i;

  agreement_change (agreement);
  for (i = 0; i < agreement->serving; i++)
    agreement->order[i].flushes++;
}

void
agreement_ask_size (struct agreement *agreement, bool may_shrink)
{
  uint64_t floor = 0;
  unsigned i;

  for (i = 0; i < agreement->serving; i++)
    if (agreement->report[i].reach > floor)
      floor = agreement->report[i].reach;
  agreement_change (agreement);
  for (i = 0; i < agreement->serving; i++) {
    agreement->order[i].looks++;
    agreement->order[i].may_shrink = may_shrink;
    agreement->order[i].floor = floor;
  }
}

bool
agreement_flushed (const struct agreement *agreement, int *error)
{
  unsigned i;

  *error = 0;
  for (i = 0; i < agreement->serving; i++) {
    if (agreement->report[i].flushes != agreement->order[i].flushes)
      return false;
    if (agreement->report[i].flush_error)
      *error = agreement->report[i].flush_error;
  }
  return agreement_all_current (agreement);
}

bool
agreement_asked_size (const struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->serving; i++)
    if (agreement->report[i].looks != agreement->order[i].looks)
      return false;
  return agreement_all_current (agreement);
}

/* What is at a server that is away, it has not; nor has it what a stopped disk
 * has parked.
 */
bool
agreement_nothing_sent (const struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->serving; i++) {
    const struct lane_report *report = &agreement->report[i];
    const enum nbd_client_state state = report->server.state;

    if (!report->drained && !(report->stopped && report->unsent) &&
        (state == NBD_CLIENT_OPEN || state == NBD_CLIENT_SLOW))
      return false;
  }
  return agreement->pausing && agreement_all_current (agreement);
}

bool
agreement_drained (const struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->serving; i++)
    if (!agreement->report[i].drained)
      return false;
  return agreement_all_current (agreement);
}

bool
agreement_active (const struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->serving; i++)
    if (agreement->report[i].active)
      return true;
  return false;
}

unsigned
agreement_in_flight (const struct agreement *agreement)
{
  unsigned i, n = 0;

  for (i = 0; i < agreement->serving; i++)
    n += agreement->report[i].in_flight;
  return n;
}

bool
agreement_broken (const struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->serving; i++)
    if (agreement->report[i].broken)
      return true;
  return false;
}

const char *
agreement_error (const struct agreement *agreement)
{
  unsigned i;

  for (i = 0; i < agreement->serving; i++)
    if (agreement->report[i].ring_error[0])
      return agreement->report[i].ring_error;
  return "";
}

bool
agreement_persistent (const struct agreement *agreement)
{
  return agreement->report[0].persistent;
}

const struct nbd_client_export *
agreement_export (const struct agreement *agreement,
                  struct nbd_client_export *space)
{
  unsigned i;

  if (!agreement->report[0].has_export)
    return NULL;
  *space = agreement->report[0].export;
  for (i = 1; i < agreement->serving; i++)
    if (agreement->report[i].export.size < space->size) {
      space->size = agreement->report[i].export.size;
      space->real_size = agreement->report[i].export.real_size;
    }
  return space;
}

const struct nbd_client_status *
agreement_server (const struct agreement *agreement)
{
  const struct nbd_client_status *worst = &agreement->report[0].server;
  unsigned i;

  for (i = 1; i < agreement->serving; i++)
    if (agreement->report[i].server.state > worst->state)
      worst = &agreement->report[i].server;
  return worst;
}

bool
agreement_server_is_there (const struct agreement *agreement)
{
  const enum nbd_client_state state = agreement_server (agreement)->state;

  return state == NBD_CLIENT_OPEN || state == NBD_CLIENT_SLOW;
}

unsigned
agreement_connects (const struct agreement *agreement)
{
  unsigned i, n = agreement->connects;

  for (i = 0; i < agreement->serving; i++)
    n += agreement->report[i].server.connects;
  return n;
}

const char *
agreement_stopped (const struct agreement *agreement, unsigned *io_status)
{
  unsigned i;

  *io_status = MESSAGE_IO_OK;
  if (!agreement->stopped)
    return NULL;
  for (i = 0; i < agreement->serving; i++)
    if (agreement->report[i].io_status > *io_status)
      *io_status = agreement->report[i].io_status;
  return agreement->order[0].why;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What all lanes of a disk do together, and what they come to together.
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "lanes.h"

void
lanes_change (struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->running; i++)
    lanes->order[i].number++;
  lanes->untold = true;
}

bool
lanes_is_current (const struct lanes *lanes, unsigned i)
{
  return lanes->report[i].number == lanes->order[i].number;
}

bool
lanes_all_current (const struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->serving; i++)
    if (!lanes_is_current (lanes, i))
      return false;
  return true;
}

void
lanes_stop (struct lanes *lanes, const char *why)
{
  unsigned i;

  if (lanes->stopped || !lanes->up)
    return;
  lanes->stopped = true;
  lanes_change (lanes);
  for (i = 0; i < lanes->running; i++) {
    lanes->order[i].stopped = true;
    snprintf (lanes->order[i].why, sizeof lanes->order[i].why, "%s", why);
  }
}

void
lanes_resume (struct lanes *lanes)
{
  unsigned i;

  if (!lanes->stopped)
    return;
  lanes->stopped = false;
  lanes_change (lanes);
  for (i = 0; i < lanes->running; i++) {
    lanes->order[i].stopped = false;
    lanes->order[i].resumes++;
  }
}

/* A disk is stopped as a whole, for the reason of the lane that was first. */
static void
stop_turn (struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->serving; i++)
    if (lanes_is_current (lanes, i) && lanes->report[i].stopped) {
      lanes_stop (lanes, lanes->report[i].why);
      return;
    }
}

/* The next lane that has a barrier, after the one that had the last. */
static void
find_barrier (struct lanes *lanes)
{
  unsigned i, n;

  for (i = 1; i <= lanes->serving && !lanes->granting; i++) {
    n = (lanes->granted + i) % lanes->serving;
    if (lanes->report[n].barrier > 0) {
      lanes->granting = true;
      lanes->granted = n;
      lanes->barrier = lanes->report[n].barrier;
    }
  }
}

/* All, if the worker wants it; or all but the one with the barrier. */
static void
set_paused (struct lanes *lanes)
{
  bool any = false, want;
  unsigned i;

  for (i = 0; i < lanes->serving; i++) {
    want = lanes->pausing || (lanes->granting && i != lanes->granted);
    any |= lanes->order[i].paused != want;
    lanes->order[i].paused = want;
  }
  if (any)
    lanes_change (lanes);
}

static bool
others_are_quiet (const struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->serving; i++)
    if (i != lanes->granted && (!lanes_is_current (lanes, i) ||
                                !lanes->report[i].quiet))
      return false;
  return true;
}

/* One barrier of one lane at a time, while the others have nothing in flight
 * but barriers that have not begun.  Numbers of barriers only grow, so what a
 * lane reports is either this one, or later.  Between two of them all lanes
 * have a turn, or one lane's could keep the others waiting for ever.
 */
static void
barrier_turn (struct lanes *lanes)
{
  const struct lane_report *report = &lanes->report[lanes->granted];
  struct lane_order *order;

  if (lanes->granting && report->barrier != lanes->barrier)
    lanes->granting = false;
  set_paused (lanes);
  if (lanes->serving > 1 && lanes_all_current (lanes)) {
    find_barrier (lanes);
    set_paused (lanes);
  }
  order = &lanes->order[lanes->granted];
  if (lanes->granting && order->barrier != lanes->barrier &&
      others_are_quiet (lanes)) {
    order->barrier = lanes->barrier;
    lanes_change (lanes);
  }
}

void
lanes_agree (struct lanes *lanes)
{
  stop_turn (lanes);
  barrier_turn (lanes);
}

void
lanes_set_tune (struct lanes *lanes, const struct tune *tune)
{
  const uint32_t sector_size = lanes->tune.sector_size;
  unsigned i;

  lanes->tune = *tune;
  lanes->tune.sector_size = sector_size; /* the guest knows it */
  lanes_change (lanes);
  for (i = 0; i < lanes->running; i++)
    lanes->order[i].tune = lanes->tune;
}

void
lanes_pause (struct lanes *lanes, bool paused)
{
  lanes->pausing = paused;
  set_paused (lanes);
}

void
lanes_flush (struct lanes *lanes)
{
  unsigned i;

  lanes_change (lanes);
  for (i = 0; i < lanes->serving; i++)
    lanes->order[i].flushes++;
}

void
lanes_ask_size (struct lanes *lanes, bool may_shrink)
{
  uint64_t floor = 0;
  unsigned i;

  for (i = 0; i < lanes->serving; i++)
    if (lanes->report[i].reach > floor)
      floor = lanes->report[i].reach;
  lanes_change (lanes);
  for (i = 0; i < lanes->serving; i++) {
    lanes->order[i].looks++;
    lanes->order[i].may_shrink = may_shrink;
    lanes->order[i].floor = floor;
  }
}

bool
lanes_flushed (const struct lanes *lanes, int *error)
{
  unsigned i;

  *error = 0;
  for (i = 0; i < lanes->serving; i++) {
    if (lanes->report[i].flushes != lanes->order[i].flushes)
      return false;
    if (lanes->report[i].flush_error)
      *error = lanes->report[i].flush_error;
  }
  return lanes_all_current (lanes);
}

bool
lanes_asked_size (const struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->serving; i++)
    if (lanes->report[i].looks != lanes->order[i].looks)
      return false;
  return lanes_all_current (lanes);
}

/* What is at a server that is away, it has not; nor has it what a stopped disk
 * holds.
 */
bool
lanes_nothing_sent (const struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->serving; i++) {
    const struct lane_report *report = &lanes->report[i];
    const enum nbd_client_state state = report->server.state;

    if (!report->drained && !(report->stopped && report->unsent) &&
        (state == NBD_CLIENT_OPEN || state == NBD_CLIENT_SLOW))
      return false;
  }
  return lanes->pausing && lanes_all_current (lanes);
}

bool
lanes_drained (const struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->serving; i++)
    if (!lanes->report[i].drained)
      return false;
  return lanes_all_current (lanes);
}

bool
lanes_active (const struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->serving; i++)
    if (lanes->report[i].active)
      return true;
  return false;
}

unsigned
lanes_in_flight (const struct lanes *lanes)
{
  unsigned i, n = 0;

  for (i = 0; i < lanes->serving; i++)
    n += lanes->report[i].in_flight;
  return n;
}

bool
lanes_broken (const struct lanes *lanes)
{
  unsigned i;

  for (i = 0; i < lanes->serving; i++)
    if (lanes->report[i].broken)
      return true;
  return false;
}

const struct nbd_client_export *
lanes_export (const struct lanes *lanes, struct nbd_client_export *space)
{
  unsigned i;

  if (!lanes->report[0].has_export)
    return NULL;
  *space = lanes->report[0].export;
  for (i = 1; i < lanes->serving; i++)
    if (lanes->report[i].export.size < space->size) {
      space->size = lanes->report[i].export.size;
      space->real_size = lanes->report[i].export.real_size;
    }
  return space;
}

const struct nbd_client_status *
lanes_server (const struct lanes *lanes)
{
  unsigned i, worst = 0;

  if (lanes->lane[0].session.volume.client == NULL)
    return NULL;
  for (i = 1; i < lanes->serving; i++)
    if (lanes->report[i].server.state > lanes->report[worst].server.state)
      worst = i;
  return &lanes->report[worst].server;
}

unsigned
lanes_connects (const struct lanes *lanes)
{
  unsigned i, n = lanes->connects;

  for (i = 0; i < lanes->serving; i++)
    n += lanes->report[i].server.connects;
  return n;
}

const char *
lanes_stopped (const struct lanes *lanes, unsigned *io_status)
{
  unsigned i;

  *io_status = MESSAGE_IO_OK;
  if (!lanes->stopped)
    return NULL;
  for (i = 0; i < lanes->serving; i++)
    if (lanes->report[i].io_status > *io_status)
      *io_status = lanes->report[i].io_status;
  return lanes->order[0].why;
}

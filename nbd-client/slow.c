/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Does the server take too long: see slow.h.
 */

#include "slow.h"

static void
slow_event (struct ev_loop *loop, ev_timer *watcher, int events)
{
  struct slow *slow = watcher->data;

  (void) loop;
  (void) events;
  slow->due = true;
}

void
slow_init (struct slow *slow, struct ev_loop *loop)
{
  slow->loop = loop;
  ev_timer_init (&slow->timer, slow_event, 0., 0.);
  slow->timer.data = slow;
}

void
slow_free (struct slow *slow)
{
  ev_timer_stop (slow->loop, &slow->timer);
}

double
slow_check (struct slow *slow, const struct flight *flight, double after,
            double now)
{
  const bool due = slow->due;
  double waited;

  if (after <= 0)
    return 0;
  slow->due = false;
  if (flight->busy == 0) {
    slow->slow = false;
    ev_timer_stop (slow->loop, &slow->timer); /* idle is asleep */
    return 0;
  }
  if (!slow->slow && !due && ev_is_active (&slow->timer))
    return 0;
  waited = now - flight_oldest (flight);
  slow->slow = waited >= after;
  if (slow->slow)
    return waited;
  ev_timer_set (&slow->timer, after - waited, 0.);
  ev_timer_start (slow->loop, &slow->timer);
  return 0;
}

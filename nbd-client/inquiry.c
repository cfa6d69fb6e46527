/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Asking for the size: see inquiry.h.
 */

#include "inquiry.h"

void
inquiry_begin (struct inquiry *inquiry, struct uplink *uplink,
               bool may_shrink, uint64_t floor)
{
  inquiry->busy = uplink->known && !uplink->empty;
  inquiry->floor = floor;
  uplink->may_shrink = inquiry->busy && may_shrink;
  uplink->failed = false;
  if (inquiry->busy && uplink->connection == NULL)
    uplink_hurry (uplink);
}

void
inquiry_turn (const struct inquiry *inquiry, struct uplink *uplink,
              struct flight *flight, uint64_t reach)
{
  uplink->floor = reach > inquiry->floor ? reach : inquiry->floor;
  if (uplink->connection && flight->busy == 0) {
    flight_empty (flight, &flight->held); /* of its notes */
    uplink_redial (uplink);
  }
}

bool
inquiry_ended (struct inquiry *inquiry, struct uplink *uplink,
               const struct flight *flight)
{
  if (!inquiry->busy || (uplink->connection && flight->busy > 0))
    return false;
  if (!uplink->connection && !uplink->failed)
    return false;
  inquiry->busy = false;
  uplink->may_shrink = false;
  return true;
}

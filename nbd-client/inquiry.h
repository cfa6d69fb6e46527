/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Asking how large an export is now.  NBD has no way to ask but to connect
 * anew: so while this goes on nothing new is sent, and when the server has
 * answered everything the connection is made again.
 */

#ifndef NBD_CLIENT_INQUIRY_H
#define NBD_CLIENT_INQUIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "flight.h"
#include "uplink.h"

/* All zero: nothing is asked. */
struct inquiry {
  bool busy;       /* for the owner to read: it is going on */
  uint64_t floor;  /* bytes that the export has to have */
};

/* Begin, unless the drive is empty or never was open.  A server that is away
 * is tried at once.  With `may_shrink`, `floor` bytes are enough.
 */
extern void inquiry_begin (struct inquiry *inquiry, struct uplink *uplink,
                           bool may_shrink, uint64_t floor);

/* To be called before the uplink's turn while it is going on: redials once
 * nothing is at the server.  Commands that wait need `reach` bytes.
 */
extern void inquiry_turn (const struct inquiry *inquiry,
                          struct uplink *uplink, struct flight *flight,
                          uint64_t reach);

/* To be called after the uplink's turn.  Returns true if the attempt has ended
 * just now, with or without a connection.
 */
extern bool inquiry_ended (struct inquiry *inquiry, struct uplink *uplink,
                           const struct flight *flight);

#endif

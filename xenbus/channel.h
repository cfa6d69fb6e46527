/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One event channel to a guest, on a handle of its own.
 */

#ifndef XENBUS_CHANNEL_H
#define XENBUS_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

struct channel;

/* Bind to the port that the guest `domid` offers.  Returns NULL with errno
 * if it does not, or it is someone else's.
 */
extern struct channel *channel_open (uint32_t domid, uint32_t remote_port);

/* Unbind and close.  NULL is allowed. */
extern void channel_close (struct channel *channel);

/* The descriptor to watch for reading; the channel's. */
extern int channel_fd (struct channel *channel);

/* Call once each time the descriptor is readable, and only then: it would
 * block.  The channel stays masked until channel_unmask, so a guest that
 * floods us with events waits for our turn (XSA-332).
 *
 * Returns true if the guest has notified us.
 */
extern bool channel_pending (struct channel *channel);

/* Let events through again, after the work they told of is done. */
extern void channel_unmask (struct channel *channel);

/* Notify the guest. */
extern void channel_notify (struct channel *channel);

#endif

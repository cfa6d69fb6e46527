/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One attempt to get a connection: looks the host up, tries its addresses
 * one after the other, and ends at a deadline.
 */

#ifndef NBD_CLIENT_DIAL_H
#define NBD_CLIENT_DIAL_H

#include <stdbool.h>

#include <ev.h>

#include "connection.h"
#include "options.h"
#include "target-fields.h"

struct dial;

enum dial_state {
  DIAL_BUSY,
  DIAL_READY,   /* dial_take has the connection */
  DIAL_FAILED,  /* see dial_reason */
};

/* Begin.  `target` and `options` must outlive the connection.  Returns NULL
 * with errno.
 */
extern struct dial *dial_new (struct ev_loop *loop,
                              const struct nbd_target *target,
                              const struct nbd_client_options *options);

/* Go on as far as it goes without waiting. */
extern enum dial_state dial_turn (struct dial *dial);

/* The connection, which is the caller's; only when READY, and once. */
extern struct connection *dial_take (struct dial *dial);

/* Why it failed; a server was reached and said no where dial_refused is
 * true.  Valid until dial_free.
 */
extern const char *dial_reason (const struct dial *dial);
extern bool dial_refused (const struct dial *dial);

/* Never blocks.  NULL is allowed. */
extern void dial_free (struct dial *dial);

#endif

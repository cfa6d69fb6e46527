/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The way to the server, kept up: attempt after attempt with back-off, and
 * only a server that is as good as the one first seen is let through.
 */

#ifndef NBD_CLIENT_UPLINK_H
#define NBD_CLIENT_UPLINK_H

#include <stdbool.h>

#include <ev.h>

#include "connection.h"
#include "dial.h"
#include "export.h"
#include "options.h"
#include "plan.h"
#include "status.h"
#include "target-fields.h"

/* Seconds between two attempts. */
#define UPLINK_DELAY_MIN     .05  /* the first delay; each is twice the last */
#define UPLINK_DELAY_MAX     1.   /* the longest */
#define UPLINK_DELAY_REFUSED 1.   /* after a server that cannot be used */

struct uplink {
  /* Set by the owner before uplink_init; they outlive the uplink. */
  struct ev_loop *loop;
  const struct nbd_target *target;
  const struct nbd_client_options *options;
  struct nbd_client_status *status;  /* written here: all but `state` */

  /* For the owner to read. */
  struct connection *connection;     /* READY when taken over, or NULL */
  bool known;                        /* `export` is valid, for good */
  struct nbd_client_export export;   /* as first seen, but for its size */
  struct plan_blocks blocks;         /* of this connection */

  /* The owner's wishes for the next server that is judged. */
  bool may_shrink;                   /* a smaller export is accepted */
  uint64_t floor;                    /* bytes that it must have then */

  /* Set here; `failed` is cleared by the owner. */
  bool failed;                       /* an attempt ended without a connection */
  bool empty;                        /* there is no medium */

  /* Private. */
  bool replace;                      /* the next server brings another one */
  struct dial *dial;
  ev_timer retry;
  bool due;                          /* noted by the timer: dial now */
  double delay;                      /* seconds before the next attempt */
};

/* There is no connection yet: the first turn dials. */
extern void uplink_init (struct uplink *uplink);

/* Dial, and judge the server that answers.  Returns true if that ended with
 * a new connection.
 */
extern bool uplink_turn (struct uplink *uplink);

/* The server has answered a command: the next loss starts anew with the
 * shortest delay.
 */
extern void uplink_useful (struct uplink *uplink);

/* Close the connection because of `reason`, and come back after a delay. */
extern void uplink_drop (struct uplink *uplink, const char *reason);

/* Forget the server and, as far as the owner has to be told, what it offered:
 * the size is 0.  With `medium`, dial, and take what the next one offers; else
 * do nothing more.
 */
extern void uplink_change (struct uplink *uplink, bool medium);

/* Close the connection, which has nothing to do, and dial at once. */
extern void uplink_redial (struct uplink *uplink);

/* Do not wait for the next attempt. */
extern void uplink_hurry (struct uplink *uplink);

/* Close all. */
extern void uplink_free (struct uplink *uplink);

#endif

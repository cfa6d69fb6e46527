/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One libnbd handle from its first connect to its end.  It connects to one
 * address once; whoever wants another try makes another connection.
 *
 * libnbd is called from here and from the helpers connector.c, credentials.c
 * and libnbd-error.c only, and never from its own callbacks.
 */

#ifndef NBD_CLIENT_CONNECTION_H
#define NBD_CLIENT_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "export.h"
#include "plan.h"
#include "target-fields.h"

#define CONNECTION_TURN_MAX      64     /* notifications in one turn */

struct connection;

enum connection_state {
  CONNECTION_MAKING,  /* connecting, or in NBD's handshake */
  CONNECTION_READY,   /* takes commands */
  CONNECTION_LOST,    /* for good: see connection_reason */
};

/* Begin to connect to `target`.  `address` stands for target->host of a TCP
 * target; it may be a name, which is then looked up off the loop.  `target`
 * must outlive the connection.  What goes wrong is told by the state later.
 * Returns NULL with errno when out of memory.
 */
extern struct connection *connection_new (struct ev_loop *loop,
                                          const struct nbd_target *target,
                                          const char *address,
                                          bool structured_replies);

/* Closes at once.  Commands that are still under way get no answer; their
 * buffers are free afterwards.  NULL is allowed.
 */
extern void connection_free (struct connection *connection);

/* Let libnbd do what it can without waiting, and arm the watcher for the
 * rest.  Returns true if there was anything to do.
 */
extern bool connection_turn (struct connection *connection);

/* See whether a send has ended the connection, and arm the watcher anew.  To
 * be called after connection_send, once for all of them.
 */
extern void connection_watch (struct connection *connection);

/* How far it is. */
extern enum connection_state
connection_state (const struct connection *connection);

/* Why it was lost; the server has been reached and said no where
 * connection_refused is true.  Valid until connection_free.
 */
extern const char *connection_reason (const struct connection *connection);
extern bool connection_refused (const struct connection *connection);

/* While making: was the server's socket reached? */
extern bool connection_reached (const struct connection *connection);

/* What the server offers; only when READY. */
extern void connection_facts (struct connection *connection,
                              struct export_facts *facts);

/* Send one step.  Returns its cookie, or -1 with errno; ENOTCONN if the
 * connection is lost.  `answer` is called by libnbd, perhaps inside this
 * call, when the server has answered or never will; it must only take a
 * note and return 0.  It is not called after -1.
 */
extern int64_t connection_send (struct connection *connection,
                                const struct plan_step *step,
                                int (*answer) (void *opaque, int *error),
                                void *opaque);

/* Take back a command whose `answer` was called.  Returns 0 or an errno;
 * this, not the answer's, is the result.
 */
extern int connection_retire (struct connection *connection, int64_t cookie);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One export of an NBD server, kept open.
 *
 * The owner submits commands and reaps them when they are done.  In
 * between, the client connects, splits and aligns to what the server takes,
 * and when the connection is lost it holds the commands, connects again
 * with back-off and runs them once more.
 *
 * The owner runs nbd_client_turn before its loop sleeps, and again as long
 * as it makes progress: watchers and libnbd's callbacks only take notes,
 * and the turn alone acts.  Nothing here logs, blocks or exits, and there
 * are no globals.  All calls for one client are made from one thread.
 */

#ifndef NBD_CLIENT_CLIENT_H
#define NBD_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ev.h>

#include "command.h"
#include "export.h"
#include "options.h"
#include "status.h"
#include "target-fields.h"

struct nbd_client;

/* Begin to open `target` (copied).  `loop` is the caller's and must outlive
 * the client.  Attempts are repeated (50 ms to 1 s apart) until the client
 * is freed; the owner decides by status how many failures are too many.
 *
 * Without a target (NULL) the client is an empty drive: it is OPEN, has size
 * 0, and makes no connection.
 *
 * Returns NULL with errno when out of memory or descriptors.
 */
extern struct nbd_client *
nbd_client_new (struct ev_loop *loop, const struct nbd_target *target,
                const struct nbd_client_options *options);

/* The owner has other clients on the export, and a flush of one is to cover
 * what the others have had answered: so a server that comes back without
 * saying that it is so (NBD_FLAG_CAN_MULTI_CONN) is not accepted.
 */
extern void nbd_client_set_several (struct nbd_client *client, bool several);

/* Put another medium in, or take it out (NULL), which leaves an empty drive.
 * All commands that were submitted must have been reaped.  The size is 0, and
 * the state HELD, until the new export is open; its minimum block must not be
 * larger than the first medium's, or 4096 if there was none.
 */
extern void nbd_client_change (struct nbd_client *client,
                               const struct nbd_target *target);

/* Free it at once: the connection is closed, and all commands are forgotten,
 * whose buffers may be reused when this returns.  A write that the server
 * already has may still be carried out.  NULL is allowed.
 */
extern void nbd_client_free (struct nbd_client *client);

/* The current state; the text stays valid until the next turn. */
extern const struct nbd_client_status *
nbd_client_status (const struct nbd_client *client);

/* What the server offers, or NULL as long as it was never open. */
extern const struct nbd_client_export *
nbd_client_export (const struct nbd_client *client);

/* Bytes of scratch memory each command needs on this export: twice the
 * minimum block size if that is above 512, else 0.
 */
extern size_t nbd_client_scratch (const struct nbd_client *client);

/* Ask the server how large the export is now.  NBD has no way to ask but to
 * connect anew: what is at the server is waited for, nothing new is sent, then
 * the connection is made again; the state stays OPEN meanwhile.  A server that
 * is away is tried at once.  With `may_shrink`, an export that is smaller now
 * is accepted, if it has `floor` bytes and no command that waits reaches beyond
 * its end.  Does nothing while OPENING.
 */
extern void nbd_client_ask_size (struct nbd_client *client, bool may_shrink,
                                 uint64_t floor);

/* Is the client still asking for the size?  That ends with the first attempt,
 * good or bad; the state and reason tell how.
 */
extern bool nbd_client_asks_size (const struct nbd_client *client);

/* The end of what waits to be sent, in bytes. */
extern uint64_t nbd_client_reach (const struct nbd_client *client);

/* Hand over a command.  It is sent by the next turn, later if the server is
 * away.  Commands are not ordered among themselves: who needs an order waits
 * for the first before submitting the second.  It must not be OPENING.
 * A command out of the export's bounds, a write or trim on a read-only one,
 * or a flush or trim that the server does not offer ends with EINVAL, EPERM
 * or ENOTSUP, reaped like any other.
 */
extern void nbd_client_submit (struct nbd_client *client,
                               struct nbd_command *command);

/* Act on all that has happened: send, retire, connect, give up, arm
 * watchers.  Returns true if anything was sent or became reapable.
 */
extern bool nbd_client_turn (struct nbd_client *client);

/* The next command that is done, or NULL.  It is the owner's again. */
extern struct nbd_command *nbd_client_reap (struct nbd_client *client);

/* Commands submitted and not reaped yet. */
extern unsigned nbd_client_busy (const struct nbd_client *client);

/* End all commands now, with ECANCELED, without an answer of the server.  If
 * any was at the server, the connection is dropped and made anew.
 */
extern void nbd_client_cancel (struct nbd_client *client);

#endif

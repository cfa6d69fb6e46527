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

#include "target.h"

#define NBD_CLIENT_REASON_MAX   512        /* bytes of a status's text */
#define NBD_CLIENT_TRANSFER_MAX (1 << 20)  /* bytes of one read or write */
#define NBD_CLIENT_BLOCK_MAX    (64 << 10) /* largest minimum block size */
#define NBD_CLIENT_MARGIN       NBD_CLIENT_BLOCK_MAX
#define NBD_CLIENT_TRIM_MAX     (1 << 30)  /* bytes of one NBD trim */

struct nbd_client;

enum nbd_client_op {
  NBD_CLIENT_READ,
  NBD_CLIENT_WRITE,
  NBD_CLIENT_FLUSH,
  NBD_CLIENT_TRIM,
};

/* Flags of a write.  A server that lost one of these over a reconnect is
 * asked in other words.
 */
#define NBD_CLIENT_FUA      1u /* it is durable when it ends, by FUA or by a
                                * flush of its own; EINVAL without both */
#define NBD_CLIENT_ZEROES   2u /* all bytes are zero: a server that can write
                                * zeroes is told just that */
#define NBD_CLIENT_MAY_TRIM 4u /* with that: it may leave a hole */

/* A command, embedded in the owner's request.  The owner fills in the first
 * group and must not touch the struct or the buffer from submit until reap.
 */
struct nbd_command {
  enum nbd_client_op op;
  unsigned flags;      /* NBD_CLIENT_FUA and so on; 0 for all but writes */
  uint64_t offset;     /* bytes; a multiple of 512; 0 for flush */
  uint64_t count;      /* bytes; a multiple of 512; at most TRANSFER_MAX for
                        * read and write, any length for trim, 0 for flush */
  char *buffer;        /* `count` bytes, with NBD_CLIENT_MARGIN bytes before
                        * and after that the client may write to, too */
  char *scratch;       /* nbd_client_scratch () bytes, or NULL if that is 0 */

  /* The result: 0 or an errno.  ECANCELED after nbd_client_cancel. */
  int error;
  unsigned connection;       /* status.connects when it ended.  What one that is
                              * lost has written may be lost, and a flush on the
                              * next one does not cover it */

  /* The client's. */
  struct nbd_command *next;  /* on one of the client's lists */
  uint64_t done;             /* bytes that need no further NBD command */
  unsigned stage;            /* of a read-modify-write, see plan.h */
  int64_t cookie;            /* libnbd's, while at the server */
  double since;              /* ev_now () when it was sent */
};

struct nbd_client_options {
  bool read_only;          /* never send a write or trim */
  double connect_timeout;  /* seconds for one attempt, TLS included; > 0 */
  double reconnect_limit;  /* seconds after which held commands fail with EIO,
                            * and new ones at once, while connecting goes on;
                            * 0: for ever */
  double slow_after;       /* seconds at the server that make it "slow" */
  bool structured_replies; /* ask for structured replies */
  bool several;            /* others are connected to the export, too: see
                            * nbd_client_set_several */
};

/* What the server offers; sizes in bytes.  Fixed when the export is opened
 * first, but for its size: a server that comes back with less is not accepted
 * (HELD), one that comes back larger is used at its new size.
 */
struct nbd_client_export {
  uint64_t size;       /* multiple of 512 and of minimum_block */
  uint64_t real_size;  /* what the server said */
  uint32_t minimum_block, preferred_block, maximum_block;
  bool read_only, flush, fua, trim, zero, multi_conn;
};

enum nbd_client_state {
  NBD_CLIENT_OPENING,  /* never was open yet; attempts are being made */
  NBD_CLIENT_OPEN,     /* connected */
  NBD_CLIENT_SLOW,     /* connected, but the oldest command waits too long */
  NBD_CLIENT_HELD,     /* was open; the server is gone or came back wrong */
  NBD_CLIENT_GIVEN_UP, /* as HELD, and past the reconnect limit */
};

struct nbd_client_status {
  enum nbd_client_state state;
  unsigned attempts;   /* ended connection attempts since the last success */
  unsigned connects;   /* successful connections in all */
  bool refused;        /* the last attempt reached a server that does not do:
                        * see the reason */
  char reason[NBD_CLIENT_REASON_MAX]; /* of the last failed attempt or loss */
};

/* As nbd_client_new with no `target` (NULL), or a client whose target was taken
 * away: an empty drive.  It is OPEN, has size 0, and makes no connection.
 */

/* Begin to open `target` (copied).  `loop` is the caller's and must outlive
 * the client.  Attempts are repeated (50 ms to 1 s apart) until the client
 * is freed; the owner decides by status how many failures are too many.
 * Returns NULL with errno when out of memory or descriptors.
 */
extern struct nbd_client *nbd_client_new (struct ev_loop *loop,
                                          const struct nbd_target *target,
                                          const struct nbd_client_options *options);

/* The owner has other clients on the export, and a flush of one is to cover
 * what the others have had answered: so a server that comes back without
 * saying that it is so (NBD_FLAG_CAN_MULTI_CONN) is not accepted.
 */
extern void nbd_client_set_several (struct nbd_client *client, bool several);

/* Put another medium in, or take it out (NULL).  No command may be submitted
 * that was not reaped.  The size is 0, and the state HELD, until the new export
 * is open; its minimum block must not be larger than the first medium's, or
 * 4096 if there was none.
 */
extern void nbd_client_change (struct nbd_client *client,
                               const struct nbd_target *target);

/* Hard stop at once: closes the connection and forgets all commands, whose
 * buffers may be reused when this returns.  A write that the server already
 * has may still be carried out.  NULL is allowed.
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

/* The end of what waits to be sent, in bytes. */
extern uint64_t nbd_client_reach (const struct nbd_client *client);

/* Is that still going on?  It ends with the first attempt, good or bad; the
 * state and reason tell how.
 */
extern bool nbd_client_asks_size (const struct nbd_client *client);

/* Hand over a command.  It is sent by the next turn, later if the server is
 * away.  Commands are not ordered among themselves: who needs an order waits
 * for the first before submitting the second.  Only after OPENING ended.
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

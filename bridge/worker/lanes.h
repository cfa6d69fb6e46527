/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The lanes of one disk, as the worker's main thread sees them: one as a rule;
 * as many as the guest has rings, up to LANES_MAX, where the server keeps
 * several connections consistent.  What they are told and have said is in
 * agreement.h; here is who runs, and what becomes of the rings.
 *
 * Further lanes are started when rings are connected, and given up if their
 * connections are not there soon; they end with the rings.
 */

#ifndef BRIDGE_LANES_H
#define BRIDGE_LANES_H

#include <stdbool.h>

#include <ev.h>

#include "agreement.h"
#include "bridge/shared/log.h"
#include "bridge/shared/stats.h"
#include "lane.h"
#include "xenbus/handshake.h"

#define LANES_OPEN 1.0 /* seconds that further connections may take to be
                        * there; the guest waits for its disk meanwhile */

/* What became of the rings.  Each follows the one before, but lanes_disconnect
 * leads to CLOSING from CONNECTING and UP, and from OPENING to NONE.
 */
enum lanes_state {
  LANES_NONE,
  LANES_OPENING,    /* further connections are waited for */
  LANES_CONNECTING, /* the lanes are told to connect them */
  LANES_UP,         /* all are connected */
  LANES_CLOSING,    /* all are being given back */
};

struct lanes {
  struct agreement agreement;  /* may be asked and told things by all */


  /* Private. */
  struct lane lane[LANES_MAX]; /* the first is the main thread's */
  struct ev_loop *loop;        /* of the main thread */
  struct volume_common common;
  unsigned rings_most;         /* rings that there were at most */
  struct log_quota start_quota; /* a guest may connect as often as it likes */

  struct nbd_target target;    /* of lanes_open */
  struct nbd_client_options options; /* of lanes_prepare */
  unsigned most;               /* lanes; 1 to LANES_MAX */

  enum lanes_state state;
  struct message_connect connect; /* what the orders point to */
  bool late;                   /* connections took too long */
  ev_timer deadline;           /* runs while they are waited for */
  ev_async told;               /* a lane has a report */
};

/* One lane, which is not open yet.  The loop and the strings stay the
 * caller's; `run_dir` is NULL if that is not known.
 */
extern void lanes_init (struct lanes *lanes, struct ev_loop *loop,
                        const char *name, uint32_t domid, const char *run_dir);

/* At the program's end: end the threads, free the clients. */
extern void lanes_free (struct lanes *lanes);

/* How the target is going to be opened, by how many lanes at most, and how the
 * disk is to be served.
 */
extern void lanes_prepare (struct lanes *lanes,
                           const struct nbd_client_options *options,
                           unsigned most, const struct tune *tune);

/* After that, begin to open `target` (copied), or an empty drive (NULL).
 * Returns 0, or -1 with errno.
 */
extern int lanes_open (struct lanes *lanes, const struct nbd_target *target);

/* A drive has one lane only.  While its medium is to be changed and lanes are
 * paused: end what waits in vain, for an operator or for a server that is away.
 * Then, when nothing is in flight, put another medium in, or none (NULL).
 */
extern bool lanes_are_one (const struct lanes *lanes);
extern void lanes_let_go (struct lanes *lanes);
extern void lanes_change (struct lanes *lanes,
                          const struct nbd_target *target);

/* Have the first lane's turn, and act on what the lanes have said. */
extern void lanes_turn (struct lanes *lanes);

/* Tell the lanes what was asked for since; before the loop sleeps. */
extern void lanes_tell (struct lanes *lanes);

/* Connect these rings, of which there are none, all or none; the target must
 * be open.  agreement_error says why they could not be.
 */
extern void lanes_connect (struct lanes *lanes,
                           const struct message_connect *connect);

/* Give the rings back: see session_disconnect. */
extern void lanes_disconnect (struct lanes *lanes);

/* How far the rings are. */
extern enum handshake_rings lanes_rings (const struct lanes *lanes);

/* Stop the disk, if its rings are connected: see policy.h. */
extern void lanes_stop (struct lanes *lanes, const char *why);

/* What was connected last, and how many lanes serve it. */
extern const struct device_rings *lanes_served (const struct lanes *lanes,
                                                unsigned *serving);

/* What was counted: rings that there were at most; one of them; requests that
 * were answered in all; commands that the server failed.
 */
extern unsigned lanes_stats_rings (const struct lanes *lanes);
extern void lanes_stats (const struct lanes *lanes, unsigned ring,
                         struct stats *copy);
extern uint64_t lanes_answered (const struct lanes *lanes);
extern uint64_t lanes_errors (const struct lanes *lanes);

#endif

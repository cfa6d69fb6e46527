/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the lanes of a disk do together and what they come to together: orders
 * to each, and the last report of each.  Who owns it carries them to and fro.
 *
 * Lanes need to agree on few things only.  Of several, a server keeps the
 * connections consistent (NBD_FLAG_CAN_MULTI_CONN), so a flush on any of them
 * covers what all of them have had answered.  What is left are barriers, for
 * which all others fall quiet, being stopped, and the export's size.
 */

#ifndef BRIDGE_AGREEMENT_H
#define BRIDGE_AGREEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "order.h"

struct agreement {
  struct lane_order order[LANES_MAX];   /* what each is told */
  struct lane_report report[LANES_MAX]; /* what each has said last */
  bool untold;                 /* there are orders that were not told */
  unsigned running;            /* lanes that are told and say something */
  unsigned serving;            /* lanes, the first of them, that have rings or
                                * would have if there were any */
  struct tune tune;            /* how the disk is served */
  unsigned connects;           /* that lanes have made which have ended */
  bool stopped;                /* the disk is: see policy.h */
  bool pausing;                /* the owner wants lanes to pause */
  bool granting;               /* a lane has a barrier to run */
  unsigned granted;            /* the lane that has, or had the last */
  uint64_t barrier;            /* the number of its barrier */
};

/* One lane, which runs. */
extern void agreement_init (struct agreement *agreement);

/* The orders have changed, and what was reported so far was before that. */
extern void agreement_change (struct agreement *agreement);

/* Has the lane obeyed the last order, and have all that serve? */
extern bool agreement_is_current (const struct agreement *agreement,
                                  unsigned i);
extern bool agreement_all_current (const struct agreement *agreement);

/* After reports have come: let the next barrier run; and stop all, if one lane
 * was stopped and all rings are up.
 */
extern void agreement_turn (struct agreement *agreement, bool up);

/* One more lane runs, and is not served by yet; those from number `first` on,
 * which is not 0, have ended.
 */
extern void agreement_add (struct agreement *agreement);
extern void agreement_end (struct agreement *agreement, unsigned first);

/* How many lanes would be good to have for so many rings, of `most`?  A
 * connection may change blocks of the server's that another one has read, so
 * there is one where a write is less than a block.
 */
extern unsigned agreement_wanted (const struct agreement *agreement,
                                  unsigned rings, unsigned most);

/* Is the lane's connection there, or not going to be; and does it lead to what
 * the first one has?
 */
extern bool agreement_decided (const struct agreement *agreement, unsigned i);
extern bool agreement_usable (const struct agreement *agreement, unsigned i);

/* Let the first `n` lanes serve these rings, which stay the caller's; have them
 * all given back, if they were; and how many lanes have theirs?
 */
extern void agreement_serve (struct agreement *agreement, unsigned n,
                             const struct message_connect *rings);
extern void agreement_give_back (struct agreement *agreement);
extern unsigned agreement_connected (const struct agreement *agreement);

/* What an operator can want: see session.h and client.h.  The sector size stays
 * as it was.  The export's size is asked for while the lanes are paused.
 */
extern void agreement_set_tune (struct agreement *agreement,
                                const struct tune *tune);
extern void agreement_pause (struct agreement *agreement, bool paused);
extern void agreement_stop (struct agreement *agreement, const char *why);
extern void agreement_resume (struct agreement *agreement);
extern void agreement_flush (struct agreement *agreement);
extern void agreement_ask_size (struct agreement *agreement, bool may_shrink);

/* Is the last one done?  `error` is an errno or 0 then. */
extern bool agreement_flushed (const struct agreement *agreement, int *error);
extern bool agreement_asked_size (const struct agreement *agreement);

/* The lanes are paused, and no server has anything to do that has not gone. */
extern bool agreement_nothing_sent (const struct agreement *agreement);

/* The lanes are paused, and nothing is in flight at all; else so many requests
 * are.
 */
extern bool agreement_drained (const struct agreement *agreement);
extern unsigned agreement_in_flight (const struct agreement *agreement);

/* Has any had requests in the last second or two? */
extern bool agreement_active (const struct agreement *agreement);

/* Has the guest made a mess of a ring? */
extern bool agreement_broken (const struct agreement *agreement);

/* Why rings could not be connected, a sentence; or "". */
extern const char *agreement_error (const struct agreement *agreement);

/* Are the guest's grants kept? */
extern bool agreement_persistent (const struct agreement *agreement);

/* What all of them have at least: the export, or NULL as long as it was never
 * open.
 */
extern const struct nbd_client_export *
agreement_export (const struct agreement *agreement,
                  struct nbd_client_export *space);

/* How the server is for the one that has it worst; OPENING before there is
 * any.  Is it there for that one?
 */
extern const struct nbd_client_status *
agreement_server (const struct agreement *agreement);
extern bool agreement_server_is_there (const struct agreement *agreement);

/* Connections that all of them have made. */
extern unsigned agreement_connects (const struct agreement *agreement);

/* Why the disk is stopped, and what for; NULL if it is not. */
extern const char *agreement_stopped (const struct agreement *agreement,
                                      unsigned *io_status);

#endif

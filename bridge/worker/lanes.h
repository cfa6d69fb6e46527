/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The lanes of one disk, as the worker's main thread sees them: one as a rule;
 * as many as the guest has rings, up to a limit, where the server keeps several
 * connections consistent (NBD_FLAG_CAN_MULTI_CONN).  Then a flush on any of
 * them covers what all of them have had answered, so lanes need to agree on
 * few things only: barriers, for which all others fall quiet, and being
 * stopped.
 *
 * Further lanes are started when rings are connected, and given up if their
 * connections are not there soon; they end with the rings.
 */

#ifndef BRIDGE_LANES_H
#define BRIDGE_LANES_H

#include <stdbool.h>

#include <ev.h>

#include "lane.h"
#include "xenbus/handshake.h"

#define LANES_MAX  TUNE_CONNECTIONS_MAX
#define LANES_OPEN 1.0 /* seconds that further connections may take to be
                        * there; the guest waits for its disk meanwhile */

struct lanes {
  struct lane lane[LANES_MAX]; /* the first is the main thread's */
  struct ev_loop *loop;        /* that one's */
  struct volume_common common;
  unsigned nstats;             /* rings that there were at most */
  unsigned connects;           /* that lanes have made which have ended */
  struct log_quota start_quota; /* a guest may connect as often as it likes */

  /* Set when the target is opened. */
  struct nbd_target target;
  struct nbd_client_options options;
  struct tune tune;
  unsigned most;               /* lanes; 1 to LANES_MAX */

  /* Private. */
  struct lane_order order[LANES_MAX];   /* what each is told */
  struct lane_report report[LANES_MAX]; /* what each has said last */
  bool untold;                 /* they were not told all of it yet */
  unsigned running;            /* lanes that run, */
  unsigned serving;            /* and of those, lanes that have rings or would
                                * have if there were any */
  struct message_connect connect; /* what the orders point to */
  bool opening;                /* connections are waited for */
  bool late;                   /* for too long */
  bool up;                     /* all rings are connected */
  bool closing;                /* all are being given back */
  bool stopped;                /* the disk is: see hold.h */
  bool pausing;                /* the worker wants it */
  bool granting;               /* a lane has a barrier to run, */
  unsigned granted;            /* this lane, */
  uint64_t barrier;            /* the one of this number */
  ev_timer deadline;           /* runs while connections are waited for */
  ev_async told;               /* a lane has a report */
};

/* One lane, which has no client yet.  The loop and the strings stay the
 * caller's; `run_dir` is NULL if that is not known.
 */
extern void lanes_init (struct lanes *lanes, struct ev_loop *loop,
                        const char *name, uint32_t domid, const char *run_dir);

/* At the program's end: end the threads, free the clients. */
extern void lanes_free (struct lanes *lanes);

/* Have the first lane's turn, and act on what the lanes have said. */
extern void lanes_turn (struct lanes *lanes);

/* Tell the lanes what was asked for since; before the loop sleeps. */
extern void lanes_tell (struct lanes *lanes);

/* Connect these rings, of which there are none, all or none; the target must
 * be open.  lanes_error says why they could not be.
 */
extern void lanes_connect (struct lanes *lanes,
                           const struct message_connect *connect);

/* Give the rings back: see volume_stop. */
extern void lanes_disconnect (struct lanes *lanes);

extern enum handshake_rings lanes_rings (const struct lanes *lanes);

/* A sentence, or "". */
extern const char *lanes_error (const struct lanes *lanes);

/* What an operator can want: see volume.h, hold.h and client.h.  The size is
 * asked for while the lanes are paused.
 */
extern void lanes_set_tune (struct lanes *lanes, const struct tune *tune);
extern void lanes_pause (struct lanes *lanes, bool paused);
extern void lanes_stop (struct lanes *lanes, const char *why);
extern void lanes_resume (struct lanes *lanes);
extern void lanes_flush (struct lanes *lanes);
extern void lanes_ask_size (struct lanes *lanes, bool may_shrink);

/* Is the last one done?  `error` is an errno or 0 then. */
extern bool lanes_flushed (const struct lanes *lanes, int *error);
extern bool lanes_asked_size (const struct lanes *lanes);

/* The lanes are paused, and no server has anything to do that has not gone;
 * the same, and nothing is in flight at all; and requests that are.
 */
extern bool lanes_nothing_sent (const struct lanes *lanes);
extern bool lanes_drained (const struct lanes *lanes);
extern unsigned lanes_in_flight (const struct lanes *lanes);

/* Has any had requests in the last second or two? */
extern bool lanes_active (const struct lanes *lanes);

/* Has the guest made a mess of a ring? */
extern bool lanes_broken (const struct lanes *lanes);

/* What all of them have at least: the export, or NULL as long as it was never
 * open, and how the server is for the one that has it worst.  NULL if there is
 * no client.
 */
extern const struct nbd_client_export *
lanes_export (const struct lanes *lanes, struct nbd_client_export *space);
extern const struct nbd_client_status *
lanes_server (const struct lanes *lanes);

/* Connections that all of them have made. */
extern unsigned lanes_connects (const struct lanes *lanes);

/* Why the disk is stopped, and what for (enum message_io_status); NULL if it
 * is not.
 */
extern const char *lanes_stopped (const struct lanes *lanes,
                                  unsigned *io_status);

/* Between lanes.c and lanes-agree.c: the orders have changed, and what was
 * reported so far was before that; has the lane obeyed the last one, and have
 * all that serve; what all have to do together.
 */
extern void lanes_change (struct lanes *lanes);
extern bool lanes_is_current (const struct lanes *lanes, unsigned i);
extern bool lanes_all_current (const struct lanes *lanes);
extern void lanes_agree (struct lanes *lanes);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A volume, and the thread that serves it: the first lane of a disk is served
 * by the worker's main thread, each further one by a thread of its own, with
 * a loop and an NBD connection of its own.
 *
 * Orders and reports (order.h) are copied under a lock, which is for no more
 * than that.
 */

#ifndef BRIDGE_LANE_H
#define BRIDGE_LANE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "order.h"
#include "session.h"

enum lane_rings {
  LANE_RINGS_NONE,           /* none are ordered; they are given back */
  LANE_RINGS_TRIED,          /* they were connected, or could not be */
};

struct lane {
  struct session session;    /* the lane's, with its loop; the main thread's
                              * while there is no other */
  bool threaded;             /* it has a thread of its own */

  /* Of a lane that has. */
  pthread_t thread;
  ev_prepare prepare;        /* its turn */
  ev_async wake;             /* there is an order */
  struct ev_loop *main_loop; /* the main thread's */
  ev_async *told;            /* wakes the main thread: there is a report */

  /* Between the lane and the main thread, under the lock. */
  pthread_mutex_t mutex;
  struct lane_order posted;
  struct lane_report report;
  bool quit;                 /* the thread is to end */

  /* The lane's own. */
  struct lane_order order;   /* that it obeys */
  struct lane_report last;   /* that it has made */
  enum lane_rings rings;     /* what it has done about those of this order */
  char ring_error[DEVICE_ERROR_MAX]; /* why they could not be, or "" */
  unsigned flushes;          /* that the last flush sent is for */
  bool looking;              /* at the export's size */
};

/* Set up, not running.  The strings and what is common stay the caller's. */
extern void lane_init (struct lane *lane, const char *name, uint32_t domid,
                       const char *run_dir, struct volume_common *common);

/* The calling thread serves it: whoever runs `loop`, which comes before all
 * else, calls lane_turn before it sleeps.
 */
extern void lane_set_loop (struct lane *lane, struct ev_loop *loop);

/* For a lane of the calling thread: begin to open `target` (copied), or an
 * empty drive (NULL).  Returns 0, or -1 with errno.
 */
extern int lane_open (struct lane *lane, const struct nbd_target *target,
                      const struct nbd_client_options *options,
                      const struct tune *tune);

/* Begin to serve it by a thread of its own, with a connection to `target`
 * (copied), and send `told` to `main_loop` when there is a report.  Returns 0,
 * or -1 with errno.
 */
extern int lane_start (struct lane *lane, const struct nbd_target *target,
                       const struct nbd_client_options *options,
                       const struct tune *tune, struct ev_loop *main_loop,
                       ev_async *told);

/* End the thread, waiting for it, and free what it had.  Its volume must have
 * no rings any more, but at the program's end; a lane that does not run or that
 * has no thread is left alone.
 */
extern void lane_end (struct lane *lane);

/* At the program's end, for a lane of the calling thread. */
extern void lane_close (struct lane *lane);

/* Obey the order, have the volume's turn, and make a report. */
extern void lane_turn (struct lane *lane);

/* By the main thread: give an order, which is copied; and bring `report`, which
 * is all zeroes or of this lane, up to date.
 */
extern void lane_tell (struct lane *lane, const struct lane_order *order);
extern void lane_look (struct lane *lane, struct lane_report *report);

/* The rest is for a lane of the calling thread, too.
 *
 * Others are connected to the export as well, or no more: see client.h.
 */
extern void lane_set_several (struct lane *lane, bool several);

/* The medium is to be taken out: see session_give_up. */
extern bool lane_give_up (struct lane *lane);

/* End all that is at the NBD client with an error. */
extern void lane_cancel (struct lane *lane);

/* Nothing is in flight: put another medium in, or take it out (NULL). */
extern void lane_change (struct lane *lane, const struct nbd_target *target);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A volume, and the thread that serves it: the first lane of a disk is served
 * by the worker's main thread, each further one by a thread of its own, with
 * a loop and an NBD connection of its own.
 *
 * The main thread says how it wants a lane to be, the lane says how it is.
 * Both are structs that are copied whole under a lock that is never held for
 * longer, and both are rare: no request takes this way.  A report says which
 * order it was made under, so what it says is known to be of before or after.
 */

#ifndef BRIDGE_LANE_H
#define BRIDGE_LANE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "session.h"

struct lane_order {
  unsigned number;           /* of this order; each has a higher one */
  const struct message_connect *rings; /* to be served, until it is NULL: then
                              * they are given back.  It stays as it is as long
                              * as a lane is connected */
  unsigned first, volumes;   /* which of them: see session_connect */
  struct tune tune;          /* but for its sector size */
  bool paused;               /* take nothing from the rings */
  bool stopped;              /* likewise, and start nothing: see policy.h */
  char why[DEVICE_ERROR_MAX]; /* that is */
  unsigned resumes;          /* how often it was to go on */
  uint64_t barrier;          /* the number of the one that may run */
  unsigned flushes;          /* that an operator has asked for */
  unsigned looks;            /* likewise, at the export's size */
  bool may_shrink;           /* for those: to a smaller one, */
  uint64_t floor;            /* of so many bytes at least */
};

struct lane_report {
  unsigned serial;           /* of this report */
  unsigned number;           /* of the order that was obeyed last */
  bool connected;            /* there are rings */
  bool broken;               /* the guest has made a mess of one */
  bool persistent;           /* the guest's grants are kept */
  char ring_error[DEVICE_ERROR_MAX]; /* why they could not be connected, or "" */
  bool stopped;              /* see policy.h, also for the next two */
  unsigned io_status;
  char why[DEVICE_ERROR_MAX];
  uint64_t barrier;          /* the number of the one that waits or runs, or 0 */
  bool quiet;                /* taking nothing, and session_quiet */
  bool drained;              /* taking nothing, and nothing is in flight, */
  bool unsent;               /* or at least not at the server */
  bool active;               /* it had requests in the last second or two */
  unsigned in_flight;        /* requests; 0 while it takes some */
  uint64_t reach;            /* the end of what waits for the server, in bytes;
                              * likewise */
  unsigned flushes, looks;   /* as in the order, when they are done */
  int flush_error;           /* of the last one */
  bool has_export;
  struct nbd_client_export export;
  struct nbd_client_status server;
};

struct lane {
  struct session session;    /* the lane's, with its loop; the main thread's
                              * while there is no other */
  bool threaded;             /* by a thread of its own: */
  pthread_t thread;
  ev_prepare prepare;        /* its turn */
  ev_async wake;             /* there is an order */
  struct ev_loop *main_loop; /* the main thread's, */
  ev_async *told;            /* and what wakes it; NULL: it is this one */

  pthread_mutex_t mutex;     /* of the next three */
  struct lane_order posted;
  struct lane_report report;
  bool quit;

  /* The lane's. */
  struct lane_order order;   /* that it obeys */
  struct lane_report last;   /* that it has made */
  bool tried;                /* to connect the rings of this order */
  char ring_error[DEVICE_ERROR_MAX];
  unsigned flushes;          /* that the last flush sent is for */
  bool looking;              /* at the export's size */
};

/* Set up, not running.  The strings and what is common stay the caller's. */
extern void lane_init (struct lane *lane, const char *name, uint32_t domid,
                       const char *run_dir, struct volume_common *common);

/* Let the calling thread serve it: whoever runs `loop` calls lane_turn before
 * it sleeps.  The volume's client is the caller's to set.
 */
extern void lane_run (struct lane *lane, struct ev_loop *loop);

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

/* Obey the order, have the volume's turn, and make a report. */
extern void lane_turn (struct lane *lane);

/* By the main thread: give an order, which is copied; and bring `report`, which
 * is all zeroes or of this lane, up to date.
 */
extern void lane_tell (struct lane *lane, const struct lane_order *order);
extern void lane_look (struct lane *lane, struct lane_report *report);

#endif

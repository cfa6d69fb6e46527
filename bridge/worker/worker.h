/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The worker: one disk, told what to do by whichever daemon is connected.
 */

#ifndef BRIDGE_WORKER_H
#define BRIDGE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "bridge/shared/message.h"
#include "lanes.h"
#include "medium.h"
#include "news.h"
#include "task.h"
#include "xentop.h"

struct worker {
  struct ev_loop *loop;
  const char *name;            /* of the disk, for the log; the program's */
  struct lanes lanes;
  struct medium medium;        /* what it was told to open */
  struct tasks tasks;
  struct news news;
  struct xentop xentop;
  bool quitting;               /* once the rings are given back */

  int listen_fd;               /* where daemons connect; -1: none */
  ev_io accept;
  int daemon_fd;               /* the one that did; -1: none */
  ev_io receive;
  ev_timer resend;             /* the daemon's socket was full, or news have to
                                * wait */
  ev_prepare prepare;          /* the turn */
  ev_signal terminate;

  uint64_t serial;             /* of the last message dealt with */
  char ring_error[DEVICE_ERROR_MAX];
  struct message_status sent;  /* what the daemon knows */
  uint64_t sent_serial;
  bool unsent;                 /* it does not know anything yet */
  uint64_t stats_serial;       /* of the question for statistics; 0: none */
  unsigned stats_next;         /* the ring that is told next */
};

/* Set up for the guest `domid`, listening for daemons on `listen_fd` (the
 * worker's from now on).  `loop` and the strings stay the caller's; `run_dir`
 * is NULL if that is not known.
 */
extern void worker_init (struct worker *worker, struct ev_loop *loop,
                         const char *name, uint32_t domid, const char *run_dir,
                         int listen_fd);

/* Stop all watchers and free everything. */
extern void worker_free (struct worker *worker);

#endif

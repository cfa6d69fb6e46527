/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The daemon's end of a worker: its process, its socket, its last status.
 *
 * The worker listens on RUNDIR/KIND-DOMID-DEVID.sock and outlives the daemon;
 * a link that is started finds it there again.
 */

#ifndef BRIDGE_WORKER_LINK_H
#define BRIDGE_WORKER_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <ev.h>

#include "bridge/shared/message.h"
#include "bridge/shared/run-dir.h"
#include "xenbus/device-rings.h"
#include "spawn.h"

/* Seconds until a worker that does not do as it is told is killed, unless it
 * is to be kept: libxl waits 10 s for a removal.
 */
#define WORKER_LINK_PATIENCE 7.0

/* Messages taken from one worker before others have a turn. */
#define WORKER_LINK_PACKETS 16u

enum worker_link_state {
  WORKER_LINK_NONE,     /* there is no worker */
  WORKER_LINK_STARTING, /* there is one that has said nothing yet */
  WORKER_LINK_SERVING,  /* it does, or will do, what it was told */
  WORKER_LINK_LATE,     /* it has been waited for WORKER_LINK_PATIENCE and
                         * more, because it is to be kept */
  WORKER_LINK_STRANGE,  /* it is of a later version than the daemon (a package
                         * may be replaced by an older one) and its status
                         * cannot be understood: it goes on serving its guest
                         * and is not killed for what it says, but all that it
                         * can be told is to quit */
  WORKER_LINK_DEAD,     /* it is gone; the link has to be closed */
};

/* A worker's statistics, the last that were asked for. */
struct worker_link_stats {
  uint64_t serial;            /* of that question */
  unsigned got;               /* rings that have come; all: see `rings` */
  unsigned rings;             /* 0: nothing has come yet */
  uint64_t connects, server_errors;
  struct stats each[DEVICE_QUEUES_MAX];
};

/* Others than worker-link.c only read it. */
struct worker_link {
  struct ev_loop *loop;
  enum worker_link_state state;
  char path[RUN_DIR_PATH_MAX]; /* of the socket; "" once it is removed */
  struct device_id id;
  char name[64];              /* the device, for the log */
  pid_t pid;                  /* 0: no worker, or it has been reaped */
  int fd;                     /* -1: not connected; one that lives is being
                               * killed then */
  int pidfd;                  /* of one that was there before; -1: none */
  ev_io ended;                /* readable when that one has ended */
  ev_child child;             /* active while a worker of our own runs */
  ev_io receive;
  ev_timer kill;              /* runs while it is to do something */
  bool keep;                  /* see worker_link_keep */
  bool quitting;              /* was told to quit */
  int exit_status;            /* of one that ended, as of wait(2); -1: that
                               * is not known */
  uint64_t serial;            /* of the last message sent */

  bool has_status;            /* it has said how it is, and was understood */
  struct message_status status; /* what it said last */
  uint64_t answered;          /* the serial that this answers */
  struct worker_link_stats *stats; /* NULL: never asked for; kept until it
                                    * goes */

  void (*changed) (struct worker_link *link); /* takes a note, acts later */
  void *data;                 /* the owner's */
};

/* A link without a worker. */
extern void worker_link_init (struct worker_link *link, struct ev_loop *loop,
                              const struct device_id *id,
                              void (*changed) (struct worker_link *link),
                              void *data);

/* Find the device's worker or, if there is none and `start` is true, start
 * one.  Returns 0, or -1 with errno: EAGAIN if there is a worker that does not
 * answer yet, or this link's last one has not ended.
 */
extern int worker_link_start (struct worker_link *link,
                              const struct spawn_program *program,
                              bool start);

/* Has a guest its disk from the worker?  Then it is waited for rather than
 * killed, until it is told to give the rings back.
 */
extern void worker_link_keep (struct worker_link *link, bool keep);

/* Send a message; its serial is set here.  A worker that does not take it, or
 * does not do it in WORKER_LINK_PATIENCE, is killed, if it need not be kept,
 * and `changed` is called when it is dead.  Returns 0, or -1 with errno: EAGAIN
 * if it is kept and has not read what it was sent before.
 */
extern int worker_link_send (struct worker_link *link,
                             struct message *message);

/* Ask the worker for its statistics.  They are complete when stats->serial is
 * the serial that this returns, stats->rings is not 0, and stats->got is the
 * same; `changed` is called each time that some have come.  Returns 0 with
 * errno if they cannot be asked for.
 */
extern uint64_t worker_link_ask_stats (struct worker_link *link);

/* Does the worker know messages of this type?  Not before its first status. */
extern bool worker_link_understands (const struct worker_link *link,
                                     enum message_type type);

/* Has the worker dealt with everything that was sent? */
extern bool worker_link_settled (const struct worker_link *link);

/* Ask the worker to quit, and see to it that it does.  Its socket's name is
 * free at once.  `changed` is called when it is gone.
 */
extern void worker_link_quit (struct worker_link *link);

/* Kill the worker, which must have no rings, and let go of it. */
extern void worker_link_kill (struct worker_link *link);

/* Let go of the worker without ending it.  The link can be started again. */
extern void worker_link_close (struct worker_link *link);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The daemon's end of a worker: its process, its socket, its last status.
 *
 * The worker listens on RUNDIR/KIND-DOMID-DEVID.sock and outlives the
 * daemon; a link that is started finds it there again.  If it is of a later
 * version than the daemon (a package may be replaced by an older one) and its
 * status cannot be understood, the link is strange from then on: the worker
 * goes on serving its guest and is not killed for what it says, but all that
 * it can be told is to quit.
 */

#ifndef BRIDGE_WORKER_LINK_H
#define BRIDGE_WORKER_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <ev.h>

#include "bridge/shared/log.h"
#include "bridge/shared/message.h"
#include "bridge/shared/run-dir.h"

#define LINK_PATIENCE  7.0 /* seconds until a worker that does not do as it is
                            * told is killed, unless it is to be kept: libxl
                            * waits 10 s for a removal */
#define LINK_PACKETS  16u  /* taken from one worker before others have a turn */

/* A worker's statistics, the last that were asked for. */
struct link_stats {
  uint64_t serial;            /* of that question */
  unsigned got;               /* rings that have come; all: see `rings` */
  unsigned rings;             /* 0: nothing has come yet */
  uint64_t connects, server_errors;
  struct stats each[DEVICE_QUEUES_MAX];
};

struct link {
  struct ev_loop *loop;
  char path[RUN_DIR_PATH_MAX]; /* of the socket; "" once it is removed */
  struct device_id id;
  char name[64];              /* the device, for the log */
  pid_t pid;                  /* 0: no worker, or it has been reaped */
  int fd;                     /* -1: not connected */
  bool adopted;               /* it was there before us: no child of ours */
  int pidfd;                  /* of one that was adopted; -1: none */
  ev_io ended;                /* readable when that one has ended */
  ev_io receive;
  ev_timer kill;              /* runs while it is to do something */
  bool keep;                  /* a guest has its disk from the worker, which
                               * is waited for rather than killed until it is
                               * told to give the rings back; the owner sets
                               * it */
  bool late;                  /* has been waited for LINK_PATIENCE and more */
  bool quitting;              /* was told to quit */
  bool strange;               /* see above; has_status is false then */
  ev_child child;             /* active while a worker of our own runs */
  int exit_status;            /* of one that ended, as of wait(2); -1: that
                               * is not known */
  uint64_t serial;            /* of the last message sent */

  struct message_status status; /* what it said last */
  uint64_t answered;          /* the serial that this answers */
  bool has_status;
  bool dead;                  /* it is gone */
  struct link_stats *stats;   /* NULL: never asked for; kept until it goes */

  void (*changed) (struct link *link); /* takes a note, acts later */
  void *data;                 /* the owner's */
};

/* How to start workers. */
struct link_program {
  const char *worker;     /* its file */
  const char *run_dir;
  enum log_level level;
  bool syslog;
};

/* A link without a worker. */
extern void link_init (struct link *link, struct ev_loop *loop,
                       const struct device_id *id,
                       void (*changed) (struct link *link), void *data);

/* Find the device's worker or, if there is none and `spawn` is true, start
 * one.  Returns 0, or -1 with errno: EAGAIN if there is a worker that does not
 * answer yet, or this link's last one has not ended.
 */
extern int link_start (struct link *link, const struct link_program *program,
                       bool spawn);

/* Send a message; its serial is set here.  A worker that does not take it, or
 * does not do it in LINK_PATIENCE, is killed, if it need not be kept, and
 * `changed` is called when it is dead.  Returns 0, or -1 with errno: EAGAIN if
 * it is kept and has not read what it was sent before.
 */
extern int link_send (struct link *link, struct message *message);

/* Ask the worker for its statistics.  They are complete when stats->serial is
 * the serial that this returns, stats->rings is not 0, and stats->got is the
 * same; `changed` is called each time that some have come.  Returns 0 with
 * errno if they cannot be asked for.
 */
extern uint64_t link_ask_stats (struct link *link);

/* Does the worker know messages of this type?  Not before its first status. */
extern bool link_understands (const struct link *link,
                              enum message_type type);

/* Has the worker dealt with everything that was sent? */
extern bool link_settled (const struct link *link);

/* Ask the worker to quit, and see to it that it does.  Its socket's name is
 * free at once.  `changed` is called when it is gone.
 */
extern void link_quit (struct link *link);

/* Kill the worker, which must have no rings, and let go of it. */
extern void link_kill (struct link *link);

/* Let go of the worker without ending it.  The link can be started again. */
extern void link_close (struct link *link);

#endif

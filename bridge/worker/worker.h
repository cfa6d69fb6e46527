/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The worker: one disk, told what to do by whichever daemon is connected.
 */

#ifndef BRIDGE_WORKER_H
#define BRIDGE_WORKER_H

#include <ev.h>

#include "lanes.h"
#include "bridge/shared/message.h"
#include "bridge/shared/stats-file.h"

struct task {
  bool running;
  uint64_t serial;             /* of the message that wants it; 0: of a daemon
                                * that has gone */
  bool flushing;               /* before it is asked for the size, */
  bool asked;                  /* which it was */
  bool may_shrink;             /* see message-task.h */
  ev_timer deadline;           /* runs while it does */
  bool late;                   /* that has passed */
  struct task_end end;         /* of the last one */
};

struct worker {
  struct ev_loop *loop;
  const char *name;            /* of the disk, for the log; the program's */
  struct lanes lanes;
  int listen_fd;               /* where daemons connect; -1: none */
  ev_io accept;
  int daemon_fd;               /* the one that did; -1: none */
  ev_io receive;
  ev_timer resend;             /* the daemon's socket was full */
  ev_prepare prepare;          /* the turn */
  ev_signal terminate;

  uint64_t serial;             /* of the last message dealt with */
  char target[STORE_VALUE_MAX + 1]; /* what it was told to open; "": nothing */
  bool read_only;
  bool removable;              /* the target is a medium; "": there is none */
  bool changing;               /* it is to be changed once nothing is in flight */
  char open_error[NBD_CLIENT_REASON_MAX]; /* the target is no target */
  char ring_error[DEVICE_ERROR_MAX];
  bool quitting;
  bool connected, stopped;     /* the disk was, when that was logged last */
  struct log_quota stop_quota; /* a guest may make it stop again and again */
  struct message_status sent;  /* what the daemon knows */
  uint64_t sent_serial;
  bool unsent;                 /* it does not know anything yet */
  uint64_t stats_serial;       /* of the question for statistics; 0: none */
  unsigned stats_next;         /* the ring that is told next */
  enum nbd_client_state logged; /* the server's state, as logged last, */
  char logged_reason[NBD_CLIENT_REASON_MAX]; /* and why */
  bool held;
  double held_since;           /* ev_now () */
  struct task tasks[TASKS];
  struct stats_file *file;     /* for xentop; NULL: none */
  uint64_t file_answered;      /* requests that it tells of */
  ev_timer file_timer;         /* runs while there is something to tell */
  struct log_quota server_quota; /* a server may come and go all the time */
  struct log_quota refused_quota; /* and what a wrong one says is not to be
                               * lost among that */
};

/* Set up for the guest `domid`, listening for daemons on `listen_fd` (the
 * worker's from now on).  `loop` and the strings stay the caller's; `run_dir`
 * is NULL if that is not known.
 */
extern void worker_init (struct worker *worker, struct ev_loop *loop,
                         const char *name, uint32_t domid, const char *run_dir,
                         int listen_fd);

/* In worker-ask.c: answer a question of the daemon's, in as many turns as it
 * takes.
 */
extern void worker_ask_stats (struct worker *worker);
extern void worker_answer (struct worker *worker);

/* In worker-open.c: open a target, or have the medium changed; and go on with
 * that: nothing is taken from the rings meanwhile.
 */
extern void worker_open (struct worker *worker,
                         const struct message_open *open);
extern void worker_change_turn (struct worker *worker, bool drained,
                                bool server_is_there);

/* In worker-task.c: begin a task, and go on with those that run; a new daemon
 * does not care for what the one before had asked for.
 */
extern void worker_task_init (struct worker *worker);
extern void worker_task (struct worker *worker,
                         const struct message_task *message);
extern void worker_task_turn (struct worker *worker);
extern void worker_task_forget (struct worker *worker);
extern void worker_task_stop (struct worker *worker);

/* In worker-ask.c: keep the file for xentop, for the kind of disk that has
 * one.
 */
extern void worker_open_file (struct worker *worker);
extern void worker_note_load (struct worker *worker);
extern void worker_close_file (struct worker *worker);

/* In worker-log.c: tell what has changed. */
extern void worker_log (struct worker *worker);

/* In worker.c: send to the daemon, if there is one and its socket has room.
 * Returns true if it went out.
 */
extern bool worker_send (struct worker *worker, const struct message *message);

/* Stop all watchers and free everything. */
extern void worker_free (struct worker *worker);

#endif

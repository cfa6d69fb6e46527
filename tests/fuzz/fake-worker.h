/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In the place of bridge/daemon/worker-link.c: one disk's worker, without a
 * process.  It checks that it is told nothing that makes no sense.  Other
 * disks' workers, or one for a new disk of its name, cannot be started as long
 * as it lives.
 */

#ifndef FAKE_WORKER_H
#define FAKE_WORKER_H

#include <stdbool.h>

#include "bridge/daemon/worker-link.h"

#define WORKER_MESSAGES 64u

struct fake_worker {
  struct worker_link *link;       /* whose fd is 1 while it is connected */
  char name[64];           /* of the disk that it is for */
  bool alive;
  bool dying;              /* it has ended, which nobody knows yet */
  struct message_status status; /* how things are with it */
  struct message *messages[WORKER_MESSAGES];
  unsigned count;
  bool quitting;
  bool refuse_start, refuse_send, refuse_rings;
  bool strange;            /* what it says is not understood:
                            * see worker-link.h */
  /* What operators ask for, in fake-tasks.c: */
  bool operators;          /* there are some: messages may be too many, and
                            * each has to be one that a worker understands */
  bool old;                /* workers that are started know of none of that */
  bool slow;               /* tasks and questions wait */
  uint64_t task[TASKS];    /* serials of those that wait; 0: none */
  uint64_t stats_serial;   /* likewise */
  unsigned stats_next;
};

extern struct fake_worker fake_worker;

/* Has the guest's pages, or will have when it has read its messages. */
extern bool worker_has_rings (void);

/* Deal with one message, or end what was begun.  Returns false if there was
 * nothing to do.
 */
extern bool worker_step (void);

/* Deal with what operators ask for; it must be known to workers.  And, if
 * there are operators, with the options of a disk that is being opened.
 */
extern void tasks_take (const struct message *message);
extern void tasks_open (const struct message *message);

/* End one of them, as if told in answer to nothing.  Returns false if there
 * was nothing to do, or it is slow.
 */
extern bool tasks_step (void);

/* Say how things are, with no news about what it was told. */
extern void worker_say (void);

/* The target is open, or an attempt failed, or it is no target. */
extern void worker_open (bool read_only);
extern void worker_attempt (const char *reason);
extern void worker_fail (const char *reason);

/* The server's state has changed. */
extern void worker_server (enum nbd_client_state state);

/* The rings are broken: the worker gives them back by itself. */
extern void worker_break_rings (void);

/* It ends; a later step tells. */
extern void worker_die (int status);

/* Free all. */
extern void worker_end (void);

#endif

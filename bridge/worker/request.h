/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A guest's request on its way through the worker.
 *
 * There is one for every ring entry, allocated when the ring is connected.
 * It is always in exactly one place, and that says what it waits for:
 *
 *   queue->free      nothing
 *   queue->taken     to be started
 *   throttle->kept   the same, when the disk's limits allow it
 *   queue->writes    (while it is being started) a grant copy
 *   queue->again     the same, by itself: its merged command failed, or it is
 *                    parked no longer
 *   leader->members  the leader's NBD command, which does its work, too
 *   NBD client       its NBD command
 *   durability       a flush that covers it
 *   policy           an operator, or a second to pass: the server failed it
 *   volume->barrier  (one in all) every other request to end; it stays the
 *                    volume's while it is at the NBD client or with the policy
 *   queue->finished  to be answered
 *
 * The volume moves it from one to the next; the parts do not know each other.
 */

#ifndef BRIDGE_REQUEST_H
#define BRIDGE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "xenbus/blkif.h"
#include "nbd-client/command.h"

struct queue;

struct request {
  struct request *next;     /* in the list it is on */
  struct queue *queue;      /* the one it belongs to, for ever */
  struct blkif_io io;
  unsigned duties;          /* left to do: DUTIES_*, see duties.h */
  bool fua;                 /* its data is to be written durably */
  unsigned written;         /* command.connection of its data; the flush that
                             * makes it durable has to end on the same */
  bool copied;              /* the last grant copy went well */
  unsigned tries;           /* of an empty flush, that failed */
  bool grown;               /* its buffer has had more than a ring entry
                             * can name */
  uint64_t taken;           /* stats_clock (); 0: it was refused */
  int16_t status;           /* BLKIF_RSP_*, once finished */
  char *data;               /* where its bytes are: in its own buffer or in
                             * its leader's */
  char *buffer;             /* its own: NBD_CLIENT_TRANSFER_MAX bytes and
                             * the client's margins around them */
  char *scratch;            /* the client's, or NULL */
  char *table;              /* a copy of the guest's indirect segments,
                             * BLKIF_TABLE_MAX bytes */
  struct request *members;  /* merged into this one, in the order of data */
  struct nbd_command command;
};

/* A row of requests; all zero is an empty one.  Each is on one at most. */
struct request_list {
  struct request *head, *tail;
};

/* Put the request at the end, or in front. */
extern void request_append (struct request_list *list,
                            struct request *request);
extern void request_prepend (struct request_list *list,
                             struct request *request);
/* Take the first off; NULL if there is none. */
extern struct request *request_pop (struct request_list *list);

/* Move all that is on `from` to the end of `list`. */
extern void request_append_all (struct request_list *list,
                                struct request_list *from);

/* The end of what they read, write or discard, in bytes of the disk; or `end`
 * if that is farther.
 */
extern uint64_t request_reach (const struct request_list *list, uint64_t end);

/* The request of a command that was reaped. */
extern struct request *request_of (struct nbd_command *command);

/* Fill in its command; the flags are 0, and the bytes are in its buffer. */
extern void request_command (struct request *request, enum nbd_client_op op,
                             uint64_t offset, uint64_t count);

/* The blkif status that tells the guest of `error`, an errno or 0.  Only
 * operations that a guest can do without are ever called unsupported.
 */
extern int16_t request_status (const struct request *request, int error);

/* A sentence about its command, which has failed. */
extern void request_describe_failure (const struct request *request,
                                      struct failure *why);

#endif

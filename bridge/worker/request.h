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
 *   queue->limited   the same, when the disk's limits allow it
 *   queue->writes    (while it is being started) a grant copy
 *   queue->again     the same, by itself: its merged command failed
 *   leader->members  the leader's NBD command, which does its work, too
 *   NBD client       its NBD command
 *   volume->sync     a flush that covers it
 *   volume->hold     an operator, or a second to pass: the server failed it
 *   volume->barrier  (one in all) every other request to end
 *   queue->finished  to be answered
 */

#ifndef BRIDGE_REQUEST_H
#define BRIDGE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "xenbus/blkif.h"
#include "nbd-client/client.h"

struct queue;

/* What is left to do for a request, in this order. */
#define REQUEST_FLUSH_BEFORE 1u
#define REQUEST_DATA         2u
#define REQUEST_FLUSH_AFTER  4u
#define REQUEST_SYNC         8u /* a flush that covers others, too */

struct request {
  struct request *next;     /* in the list it is on */
  struct queue *queue;      /* the one it belongs to, for ever */
  struct blkif_io io;
  unsigned steps;           /* REQUEST_*: left to do */
  bool fua;                 /* its data is to be written durably */
  unsigned written;         /* command.connection of its data; the flush that
                             * makes it durable has to end on the same */
  bool copied;              /* the last grant copy went well */
  bool held;                /* the server failed it: see hold.h */
  unsigned tries;           /* of an empty flush, that failed */
  bool grown;               /* its buffer has held more than a ring entry
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

/* A queue of requests.  Each is on one at most. */
struct request_list {
  struct request *head, *tail;
};

extern void request_append (struct request_list *list,
                            struct request *request);
extern void request_prepend (struct request_list *list,
                             struct request *request);
extern struct request *request_pop (struct request_list *list);

/* The request of a command that was reaped. */
extern struct request *request_of (struct nbd_command *command);

/* Set the steps that request->io calls for, where the server has FUA or not,
 * and where writes have to be durable when they are answered (`write_through`)
 * or only when they were flushed.
 */
extern void request_plan (struct request *request, bool fua,
                          bool write_through);

/* Could `next` be merged behind `leader`, whose members end at byte `end`
 * of the disk?  Only plain reads or plain writes that continue each other
 * and have the same to do, up to `limit` bytes in all.
 */
extern bool request_continues (const struct request *leader, uint64_t end,
                               const struct request *next, uint64_t limit);

/* The blkif status that tells the guest of `error`, an errno or 0.  Only
 * operations that a guest can do without are ever called unsupported.
 */
extern int16_t request_status (const struct request *request, int error);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One ring of a guest's disk: its grants, its event channel, its requests.
 * Takes requests from the guest, fetches what they write, answers them.  What
 * becomes of them in between is the owner's to say.
 */

#ifndef BRIDGE_QUEUE_H
#define BRIDGE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "base/failure.h"
#include "bridge/shared/log.h"
#include "bridge/shared/message.h"
#include "bridge/shared/stats.h"
#include "pool.h"
#include "request.h"
#include "tally.h"
#include "xenbus/ring.h"

/* What the rings of one owner have in common.  It is the owner's, who fills it
 * in before the first ring comes; the counts are the queues'.
 */
struct queue_common {
  struct ev_loop *loop;
  const char *name;              /* for the log */
  uint32_t domid;                /* whose disk it is */
  size_t scratch;                /* bytes that each NBD command needs */
  struct blkif_bounds bounds;    /* what requests are checked against */
  bool fua, write_through;       /* for duties_plan */
  uint64_t bytes;                /* of data in requests that are taken */
  uint64_t bytes_max;            /* so many, and no more requests are taken */
  unsigned grown;                /* buffers that have memory for merging */
  unsigned grown_max;            /* buffers that may keep it once answered */
  struct log_quota refused_quota; /* not the queue's own: a guest may connect as
                                   * often as it likes */
};

struct queue {
  struct queue_common *common;
  struct grants *grants;
  struct channel *channel;
  struct ring ring;
  void *pages;                   /* the ring's, mapped */
  unsigned npages;
  ev_io watcher;                 /* of the channel's descriptor */

  struct pool pool;              /* ring.entries requests */
  struct request_list free, taken, finished;
  struct request_list writes;    /* being started: to be copied together */
  struct request_list again;     /* to be started one by one, before any
                                  * barrier: their merged command failed */
  unsigned active;               /* requests that are not on `free` */
  struct tally tally;
};

/* Map the guest's ring `number` and bind its event channel; count in `stats`.
 *
 * Returns NULL with a sentence that says what could not be had; nothing is left
 * mapped or bound then.
 */
extern struct queue *queue_new (struct queue_common *common,
                                const struct message_connect *connect,
                                unsigned number, struct stats *stats,
                                struct failure *why);

/* Unmap, unbind, free.  No request may be at the NBD client.  NULL is
 * allowed.
 */
extern void queue_free (struct queue *queue);

/* Take what the guest has put on the ring: it is on `taken` with its duties, or
 * refused.  Returns true if that was anything.
 */
extern bool queue_take (struct queue *queue);

/* The request's buffer is going to have more than a ring entry can name. */
extern void queue_grow (struct request *request);

/* Set the request's duties anew. */
extern void queue_plan (struct request *request);

/* Note that the guest's bytes are to be copied to request->data, running what
 * was noted if there is no room for more; run all that was noted.  After that
 * request->copied says whether it went well.
 */
extern void queue_note_fetch (struct request *request);
extern void queue_fetch (struct queue *queue);

/* The request is done, and this is its answer. */
extern void queue_finish (struct request *request, int16_t status);

/* Answer what is finished and notify the guest, at most once.  Returns true
 * if anything was answered.
 */
extern bool queue_answer (struct queue *queue);

/* Finish all that was taken and not started, with an error. */
extern void queue_drop (struct queue *queue);

/* The end of what was taken and not started, in bytes of the disk; or `end` if
 * that is farther.
 */
extern uint64_t queue_reach (const struct queue *queue, uint64_t end);

/* Let the guest's events through again.  Returns true if there is a request
 * already that can be taken.
 */
extern bool queue_sleep (struct queue *queue);

/* Give back to the guest what it lent and was not used for a while; to be
 * called at regular intervals.  Returns how many pages are left.
 */
extern unsigned queue_tick (struct queue *queue);

/* Give the memory of the buffers back to the system, if none is in use. */
extern void queue_trim (struct queue *queue);

#endif

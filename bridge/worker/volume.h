/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A guest's disk, or those of its rings that one thread serves: rings on one
 * side, an NBD client on the other, and between them the parts that decide what
 * comes when.  The volume owns them all, and it alone moves requests from one
 * to the next: none of them knows another, or the volume.
 *
 * Callbacks record, volume_turn acts.  It is called before the loop sleeps
 * and does all there is to do: take, start, send, retire, answer.  How rings
 * come and go is in session.h.
 */

#ifndef BRIDGE_VOLUME_H
#define BRIDGE_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "bridge/shared/log.h"
#include "bridge/shared/stats.h"
#include "bridge/shared/tune.h"
#include "durability.h"
#include "policy.h"
#include "queue.h"
#include "throttle.h"
#include "nbd-client/client.h"
#include "xenbus/device-rings.h"

#define VOLUME_ROUNDS 16u /* of a turn, before other descriptors have theirs */

/* What the volumes of one disk have in common.  It outlives their rings; all
 * of it is read and written with the functions of stats.h and bucket.h.
 */
struct volume_common {
  struct stats stats[DEVICE_QUEUES_MAX]; /* of each ring, over all that the
                                          * frontend has had */
  uint64_t errors;              /* commands that the server failed */
  uint64_t buckets[TUNE_LIMITS]; /* of the disk's limits, without a group */
};

/* Each follows the one before; but a server that is away, or takes too long,
 * leads from CONNECTED, DRAINING or FLUSHING to CANCELLING, and where there is
 * nothing to flush FLUSHING is left out.
 */
enum volume_phase {
  VOLUME_IDLE,       /* no rings */
  VOLUME_CONNECTED,
  VOLUME_DRAINING,   /* nothing is taken any more; what was is to end */
  VOLUME_FLUSHING,   /* all has ended; what was written is being flushed */
  VOLUME_CANCELLING, /* the server is not waited for */
};

struct volume {
  struct ev_loop *loop;         /* of the thread that has the volume */
  struct volume_common *common; /* the program's */
  const char *name;             /* for the log; the program's */
  struct nbd_client *client;    /* NULL until a target is set */
  struct tune tune;             /* how the disk is served */
  enum volume_phase phase;

  struct queue *queues[DEVICE_QUEUES_MAX];
  unsigned nqueues;             /* 0: VOLUME_IDLE */
  unsigned first;               /* the one that is looked at first */
  struct queue_common rings;    /* what the queues have in common */

  struct throttle throttle;
  struct durability durability;
  struct policy policy;
  uint64_t merge_max;           /* bytes of one NBD read or write */
  struct request *barrier;      /* everything else waits for this one, or it
                                 * for everything else */
  uint64_t barriers;            /* that there were; the number of the last */
  unsigned volumes;             /* that the disk has; each takes its part of
                                 * what one disk may use */
  uint64_t allowed;             /* the barrier of this number may run, for other
                                 * volumes of the disk have nothing in flight */

  bool paused;                  /* nothing is taken from the rings for now */
  bool used;                    /* a request was taken; reset by who looks */
  bool unflushed;               /* written to since the last flush */
  bool asked_busy;              /* an operator's flush is going on */
  struct nbd_command asked;     /* the operator's flush */
  struct nbd_command flush;     /* the last flush, of VOLUME_FLUSHING */
  ev_idle again;                /* keeps the loop from sleeping */
  struct log_quota error_quota;
};

/* Everything in `volume` is set, but for its loop, which comes before all else,
 * and its client; the strings and what is common stay the caller's.
 */
extern void volume_init (struct volume *volume, const char *name,
                         struct volume_common *common);

/* Act.  See above.  There must be a client. */
extern void volume_turn (struct volume *volume);

/* Have another turn before the loop sleeps: something was changed. */
extern void volume_again (struct volume *volume);

/* The disk is not stopped any more, and all that is parked ends with an
 * error.
 */
extern void volume_unpark (struct volume *volume);

/* Submit a flush, volume->asked or ->flush, which is not busy. */
extern void volume_flush (struct volume *volume, struct nbd_command *flush);

/* Does nothing wait to be started, and is nothing at the NBD client?  What was
 * taken behind a barrier does not count.
 */
extern bool volume_at_rest (const struct volume *volume);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A guest's disk, or those of its rings that one thread serves: rings on one
 * side, an NBD client on the other.
 *
 * Callbacks record, volume_turn acts.  It is called before the loop sleeps
 * and does all there is to do: take, start, send, retire, answer.
 */

#ifndef BRIDGE_VOLUME_H
#define BRIDGE_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "bridge/shared/log.h"
#include "bridge/shared/message.h"
#include "hold.h"
#include "limits.h"
#include "queue.h"
#include "sync.h"

#define VOLUME_DRAIN   4.0 /* seconds that commands at the server may take to
                            * end when the rings are to be given back; libxl
                            * gives the whole removal 10 s */
#define VOLUME_TRIM    1.0 /* seconds without I/O before memory goes back */
#define VOLUME_BYTES (32u << 20) /* of guests' data in taken requests; more
                                  * is not taken from the rings */
#define VOLUME_GROWN 32u   /* buffers that keep what merging took, 1 MiB each */
#define VOLUME_ROUNDS 16u  /* of a turn, before other descriptors are looked at */

/* What the volumes of one disk have in common.  It outlives their rings; all
 * of it is read and written with the functions of stats.h and bucket.h.
 */
struct volume_common {
  struct stats stats[DEVICE_QUEUES_MAX]; /* of each ring, over all that the
                                          * frontend has had */
  uint64_t errors;              /* commands that the server failed */
  uint64_t buckets[TUNE_LIMITS]; /* of the disk's limits, without a group */
};

struct volume {
  struct ev_loop *loop;         /* of the thread that has the volume */
  struct volume_common *common; /* the program's */
  const char *name;             /* for the log; the program's */
  uint32_t domid;               /* whose disk it is */
  const char *run_dir;          /* the program's, or NULL: not known */
  struct nbd_client *client;    /* NULL until a target is set */
  struct tune tune;             /* how the disk is served */

  struct queue *queues[DEVICE_QUEUES_MAX];
  unsigned nqueues;             /* 0: not connected */
  unsigned first;               /* the one that is looked at first */
  struct blkif_bounds bounds;   /* what guests' requests are checked against */
  bool persistent;              /* the guest keeps its grants, and we do */
  uint64_t merge_limit;         /* bytes of one NBD read or write */
  bool fua;                     /* the server had FUA when it was first seen */
  bool told_no_cache;           /* the guest does not know how to flush */
  bool write_through;           /* writes are durable when answered */
  struct sync sync;
  struct hold hold;
  struct limits limiter;
  struct request *barrier;      /* everything else waits for this one, or it
                                 * for everything else */
  uint64_t barriers;            /* that there have been; its number */
  unsigned volumes;             /* that the disk has; each takes its part of
                                 * what one disk may use */
  uint64_t allowed;             /* with others: the barrier of this number may
                                 * run, for they have nothing in flight */

  uint64_t bytes;               /* of data in requests that are taken */
  unsigned grown;               /* buffers that hold memory for merging */

  bool unflushed;               /* written to since the last flush */
  bool paused;                  /* nothing is taken from the rings for now */
  bool asked_busy;              /* a flush that the operator wants is going on */
  struct nbd_command asked;     /* that one */
  bool stopping;                /* rings are given back once all has ended */
  bool cancelled;               /* and the server is not waited for */
  bool last_flush;              /* the flush before that has been sent */
  struct nbd_command flush;     /* that one */
  ev_timer drain;               /* ends the waiting */

  bool used;                    /* since the timer looked last */
  ev_timer trim;                /* runs while buffers hold memory */
  bool settled;                 /* what only starting needed was given back */
  ev_idle again;                /* keeps the loop from sleeping */
  struct log_quota error_quota;
  struct log_quota refused_quota; /* the volume's, not the queue's: a guest may
                                   * connect as often as it likes */
};

/* Everything in `volume` is set; the strings, the loop and what is common stay
 * the caller's.
 */
extern void volume_init (struct volume *volume, struct ev_loop *loop,
                         const char *name, uint32_t domid,
                         struct volume_common *common);

/* Connect the guest's rings, all or none: number `first` and each `volumes`-th
 * after that, where the disk has so many volumes.  The target must be open.
 *
 * Returns 0, or -1 with a sentence in `error` (DEVICE_ERROR_MAX bytes).
 */
extern int volume_connect (struct volume *volume,
                           const struct message_connect *connect,
                           unsigned first, unsigned volumes, char *error);

/* Serve the disk like this from now on, but for the sector size.  The guest was told at connect that
 * it need not flush, or that it has to; so a write cache that was off stays
 * off until the next connection.
 */
extern void volume_tune (struct volume *volume, const struct tune *tune);

/* Begin to give the rings back: nothing is taken any more, what is at the
 * server gets VOLUME_DRAIN to end, and then what was written is flushed.
 * Later turns do it; nqueues is 0 when it is done.
 */
extern void volume_stop (struct volume *volume);

/* Have the server store what was written: asked_busy is false, and asked.error
 * says how it went, when that is done.
 */
extern void volume_ask_flush (struct volume *volume);

/* Have another turn before the loop sleeps: something was changed. */
extern void volume_again (struct volume *volume);

/* Act.  See above. */
extern void volume_turn (struct volume *volume);

/* Requests that are taken and not answered. */
extern unsigned volume_in_flight (const struct volume *volume);

/* Is there nothing in flight, but for a barrier that has not begun and what
 * waits behind it?
 */
extern bool volume_quiet (const struct volume *volume);

/* Is there a ring that the guest has made a mess of? */
extern bool volume_broken (const struct volume *volume);

/* What failed, into `text` (DEVICE_ERROR_MAX bytes). */
extern void volume_describe_failure (const struct request *request,
                                     char *text);

/* Count and, at a bounded rate, log a command that the server failed. */
extern void volume_request_failed (struct volume *volume,
                                   const struct request *request);

/* In volume-stop.c, for volume.c: get ready to stop; end all that has not
 * ended; do the next step of stopping, each in a turn that finds the one before
 * it done; free the rings.
 */
extern void volume_stop_init (struct volume *volume);
extern void volume_cancel (struct volume *volume);
extern void volume_finish_stopping (struct volume *volume);
extern void volume_free_queues (struct volume *volume);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One ring of a guest's disk: takes requests, starts them, answers them.
 */

#ifndef BRIDGE_QUEUE_H
#define BRIDGE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "bridge/shared/log.h"
#include "request.h"
#include "bridge/shared/stats.h"
#include "xenbus/channel.h"
#include "xenbus/device.h"
#include "xenbus/grants.h"
#include "xenbus/ring.h"

struct message_connect;
struct volume;

struct queue {
  struct volume *volume;         /* the disk it is a ring of */
  struct grants *grants;
  struct channel *channel;
  struct ring ring;
  void *pages;                   /* the ring's, mapped */
  unsigned npages;
  ev_io watcher;                 /* of the channel's descriptor */

  struct request *requests;      /* ring.entries of them */
  char *buffers;                 /* theirs, one mapping */
  size_t buffers_size;           /* bytes */
  struct request_list free, taken, finished;
  struct request_list limited[2]; /* too early for the disk's limits: reads,
                                   * and all else */
  struct request_list writes;    /* being started: to be copied together */
  struct request_list again;     /* of a merged command that failed: to be
                                  * started one by one, before any barrier */
  unsigned active;               /* requests that are not on `free` */

  struct stats *stats;           /* the volume's, for this ring */
  uint64_t full_since;           /* stats_clock (); 0: there is room */
};

/* Map the guest's ring `number` and bind its event channel.
 *
 * Returns NULL with a sentence in `error` (DEVICE_ERROR_MAX bytes) that says
 * what could not be had; nothing is left mapped or bound then.
 */
extern struct queue *queue_new (struct volume *volume,
                                const struct message_connect *connect,
                                unsigned number, char *error);

/* Unmap, unbind, free.  No request may be at the NBD client.  NULL is
 * allowed.
 */
extern void queue_free (struct queue *queue);

/* Take what the guest has put on the ring.  Returns true if that was
 * anything.
 */
extern bool queue_take (struct queue *queue);

/* Read what the ABI's bytes at `raw` say into request->io, and fetch what
 * they refer to.  If that is refused there is no data.
 */
extern enum blkif_refusal queue_parse (struct request *request,
                                       const void *raw);

/* The request's buffer is going to hold more than a ring entry can name. */
extern void queue_grow (struct request *request);

/* Start what the disk's limits have kept back, as far as they allow it now, the
 * oldest first whatever ring it came from.  Writes go on with queue_start, which
 * has to follow for each ring.  Returns true if that was anything.
 */
extern bool queue_start_limited (struct volume *volume);

/* Hand what was taken to the NBD client, merging what lies together.  Stops
 * at a barrier.  Returns true if anything was started.
 */
extern bool queue_start (struct queue *queue);

/* Do the next step of a request whose last one is done. */
extern void queue_step (struct request *request);

/* A request's NBD command has ended, with command.error. */
extern void queue_command_ended (struct request *request);

/* Finish all that was taken and not started, with an error. */
extern void queue_drop (struct queue *queue);

/* Answer what is finished and notify the guest, at most once.  Returns true
 * if anything was answered.
 */
extern bool queue_answer (struct queue *queue);

/* Take the leader's members off it, each to be tried by itself; those whose
 * grants are bad are finished.  A write's bytes are copied anew, for they
 * stand where the client may put the rest of a block.
 */
extern void queue_split (struct request *leader);

/* For queue.c and what belongs to it: the request is done, and this is its
 * answer; set its steps anew; note copies for it, running those that were
 * noted if there is no room.
 */
extern void queue_plan (struct request *request);
extern void queue_finish (struct request *request, int16_t status);
extern void queue_note_copy (struct request *request,
                             enum grants_direction direction);

/* Are there requests that go before a waiting barrier, and were not started? */
extern bool queue_has_waiting (const struct queue *queue);

/* Let the guest's events through again.  Returns true if there is a request
 * already that can be taken.
 */
extern bool queue_sleep (struct queue *queue);

/* Count, for the statistics: what was taken at time `now` (stats_clock ()),
 * the refused ones with `now` 0; that it goes along in another's command; that
 * it is about to be answered with `status`.  And how full the ring is.
 */
extern void queue_count_taken (struct request *request, uint64_t now);
extern void queue_count_merged (const struct request *member);
extern void queue_count_answered (const struct request *request,
                                  int16_t status, uint64_t now);
extern void queue_count_load (struct queue *queue, uint64_t now);

/* Give the memory of the buffers back to the system, if none is in use. */
extern void queue_trim (struct queue *queue);

#endif

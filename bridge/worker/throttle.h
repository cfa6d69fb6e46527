/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Limits on one disk's requests and bytes a second, by itself or together with
 * the disks of a group: requests that come too early are kept back here, until
 * their time comes.
 *
 * Each ring has a row for reads and one for all else, so that the one does not
 * wait for the other's limits.  What is kept back starts in the order in which
 * it was taken, whatever ring it came from.  A barrier is never kept back, for
 * what comes behind it would pass it.
 */

#ifndef BRIDGE_THROTTLE_H
#define BRIDGE_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "bridge/shared/tune.h"
#include "request.h"
#include "xenbus/device-rings.h"

struct throttle {
  const struct rate *rates;     /* TUNE_LIMITS of them; the owner's */
  uint64_t *state;              /* as many: the disk's own, or its group's */
  bool any;                     /* there are limits; else time does not
                                 * matter */
  bool open;                    /* nothing is kept back in this round */
  uint64_t now;                 /* ns, in this round */
  bool waiting;                 /* something has to wait, in this round */
  uint64_t wait;                /* ns until the first of that may pass */
  struct request_list kept[DEVICE_QUEUES_MAX][2]; /* reads, and all else */
  unsigned rings;               /* that may have any */
  ev_timer timer;               /* runs until the first may pass */
};

/* Both stay the owner's, and may change: see throttle_set. */
extern void throttle_init (struct throttle *throttle,
                           const struct rate *rates, uint64_t *state);

/* The owner's rates have changed; or the state is another from now on. */
extern void throttle_set (struct throttle *throttle, uint64_t *state);

/* An operator has replaced the rates `old` at time `now`: what passed until now
 * does not count against what comes by a rate that was not there then.
 */
extern void throttle_replaced (struct throttle *throttle,
                               const struct rate *old, uint64_t now);

/* Nanoseconds of CLOCK_MONOTONIC; and the same, but 0 if nothing is limited. */
extern uint64_t throttle_clock (void);
extern uint64_t throttle_time (const struct throttle *throttle);

/* A round begins, at this time; if `open`, nothing has to wait in it. */
extern void throttle_begin (struct throttle *throttle, uint64_t now,
                            bool open);

/* It ends: wake the loop when the first may pass. */
extern void throttle_end (struct throttle *throttle, struct ev_loop *loop);

/* Wake it no more. */
extern void throttle_quiet (struct throttle *throttle, struct ev_loop *loop);

/* May the request pass now? */
extern bool throttle_allows (struct throttle *throttle,
                             const struct request *request);

/* Does it have to be kept back, because it comes too early or because others of
 * its ring and row do?
 */
extern bool throttle_must_keep (struct throttle *throttle, unsigned ring,
                                const struct request *request);

/* Keep it back. */
extern void throttle_keep (struct throttle *throttle, unsigned ring,
                           struct request *request);

/* The list whose first is the next that may pass; NULL if there is none. */
extern struct request_list *throttle_next (struct throttle *throttle);

/* The request passes now, whether it is allowed or not. */
extern void throttle_pass (struct throttle *throttle,
                           const struct request *request);

/* Is nothing kept back? */
extern bool throttle_idle (const struct throttle *throttle);

/* The end of all that is, in bytes of the disk; or `end` if that is farther. */
extern uint64_t throttle_reach (const struct throttle *throttle, uint64_t end);

/* All that is kept back is on `list`. */
extern void throttle_clear (struct throttle *throttle,
                            struct request_list *list);

#endif

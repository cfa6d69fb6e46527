/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Limits on one disk's requests and bytes a second, by itself or together with
 * the disks of a group.
 *
 * The state of a group is a small file in the run directory that its workers
 * map.  It is made by whoever comes first, all zeroes being a good state, and
 * stays: if it went while one worker has it mapped, the next would begin
 * another.
 */

#ifndef BRIDGE_LIMITS_H
#define BRIDGE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "bucket.h"
#include "request.h"
#include "bridge/shared/tune.h"

struct volume;

struct limits {
  bool any;                     /* else all below is unused */
  uint64_t *state;              /* the buckets' states: the disk's own, or the
                                 * group's, mapped */
  char group[TUNE_GROUP_MAX];   /* whose state is mapped; "": none */
  uint64_t now;                 /* ns, in this round */
  uint64_t wait;                /* ns that the first that waits has to, */
  bool waiting;                 /* if there is any */
  ev_timer timer;               /* runs while there is */
};

extern void limits_init (struct volume *volume);

/* volume->tune has changed.  A group whose file cannot be had is logged, and
 * then the disk is limited by itself.
 */
extern void limits_set (struct volume *volume);

/* An operator has replaced the limits `old` by those in volume->tune. */
extern void limits_replaced (struct volume *volume,
                             const struct rate *old);

/* A round begins, and ends. */
extern void limits_begin (struct volume *volume);
extern void limits_end (struct volume *volume);

/* Does it have to wait?  Not while the rings are given back. */
extern bool limits_hold (struct volume *volume, const struct request *request);

/* The request passes. */
extern void limits_pass (struct volume *volume, const struct request *request);

#endif

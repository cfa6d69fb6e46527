/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * When a disk is looked at although nothing has told it of a change.  Only the
 * disk itself sets these.
 */

#ifndef BRIDGE_DISK_TIMERS_H
#define BRIDGE_DISK_TIMERS_H

#include <stdbool.h>

#include <ev.h>

#include "again.h"

#define DISK_SOON       0.2 /* seconds that what is about to change gets */
#define DISK_LOOK_AGAIN 1.0 /* seconds until the store is tried again */

struct disk_timers {
  struct ev_loop *loop;
  ev_timer retry;         /* runs until the target is due */
  bool due;               /* the target is to be begun */
  ev_timer look_again;    /* the store could not be read or written */
  ev_timer size_poll;     /* runs while the size is asked for */
  void (*over) (void *data); /* `retry` or `look_again` is over; takes a
                              * note */
  void (*ask_size) (void *data); /* `size_poll` is over */
  void *data;             /* the owner's */
};

/* None runs.  `loop` stays the caller's; `over` and `ask_size` are called with
 * `data`.
 */
extern void disk_timers_init (struct disk_timers *timers,
                              struct ev_loop *loop,
                              void (*over) (void *data),
                              void (*ask_size) (void *data), void *data);
/* End them all. */
extern void disk_timers_stop (struct disk_timers *timers);

/* The target is due at once, in so many seconds, or has been begun. */
extern void disk_timers_due (struct disk_timers *timers);
extern void disk_timers_retry (struct disk_timers *timers, double seconds);
extern void disk_timers_begun (struct disk_timers *timers);

/* A part has answered: look again in DISK_LOOK_AGAIN, if it is to be called
 * again.
 */
extern void disk_timers_look_again (struct disk_timers *timers,
                                    enum again again);

/* Ask for the size so often, from now on; 0: never.  It may be the same as
 * before.
 */
extern void disk_timers_poll_size (struct disk_timers *timers,
                                   double seconds);

#endif

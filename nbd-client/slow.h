/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Does the server take too long?  Looks at the age of the oldest command that
 * is at the server.
 */

#ifndef NBD_CLIENT_SLOW_H
#define NBD_CLIENT_SLOW_H

#include <stdbool.h>

#include <ev.h>

#include "flight.h"

struct slow {
  bool slow;              /* for the owner to read: it does */

  /* Private. */
  struct ev_loop *loop;
  ev_timer timer;         /* active while commands are in flight */
  bool due;               /* noted: look at the oldest command */
};

/* `loop` must outlive it. */
extern void slow_init (struct slow *slow, struct ev_loop *loop);

/* Look, and keep the timer running until it is time to look again.  `after`
 * are the seconds that are too long; 0: none are.  `now` is ev_now ().
 *
 * Returns the seconds that the oldest command has waited if these are too
 * many, else 0.
 */
extern double slow_check (struct slow *slow, const struct flight *flight,
                          double after, double now);

/* Stop the timer. */
extern void slow_free (struct slow *slow);

#endif

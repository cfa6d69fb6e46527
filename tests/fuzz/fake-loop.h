/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In the place of libev: a loop whose time stands still until it is told to
 * go on, and which never sleeps.
 */

#ifndef FAKE_LOOP_H
#define FAKE_LOOP_H

#include <stdbool.h>

#include <ev.h>

#define LOOP_WATCHERS 160u /* active ones of a kind */

struct ev_loop {
  double now;
  unsigned idle, nprepares;         /* active ones */
  unsigned ntimers, nios;
  ev_timer *timers[LOOP_WATCHERS];
  ev_io *ios[LOOP_WATCHERS];
};

/* The descriptor is readable.  Returns false if nobody watches it. */
extern bool loop_readable (struct ev_loop *loop, int fd);

/* Call those whose descriptor is readable.  Returns false if there is none. */
extern bool loop_poll (struct ev_loop *loop);

/* Let time go by.  Returns true if a timer went off. */
extern bool loop_advance (struct ev_loop *loop, double seconds);

/* Is any watcher active? */
extern bool loop_busy (const struct ev_loop *loop);

#endif

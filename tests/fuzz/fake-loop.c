/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <poll.h>

#include "fake-loop.h"
#include "fuzz.h"

ev_tstamp
ev_now (struct ev_loop *loop) EV_NOEXCEPT
{
  return loop->now;
}

/* There is no other clock to look at. */
void
ev_now_update (struct ev_loop *loop) EV_NOEXCEPT
{
  (void) loop;
}

void
ev_io_start (struct ev_loop *loop, ev_io *w) EV_NOEXCEPT
{
  if (w->active)
    return;
  CHECK (w->fd >= 0 && loop->nios < LOOP_WATCHERS);
  loop->ios[loop->nios++] = w;
  w->active = 1;
}

void
ev_io_stop (struct ev_loop *loop, ev_io *w) EV_NOEXCEPT
{
  unsigned i;

  if (!w->active)
    return;
  for (i = 0; loop->ios[i] != w; i++)
    CHECK (i < loop->nios);
  loop->ios[i] = loop->ios[--loop->nios];
  w->active = 0;
}

void
ev_timer_start (struct ev_loop *loop, ev_timer *w) EV_NOEXCEPT
{
  if (w->active)
    return;
  CHECK (loop->ntimers < LOOP_WATCHERS);
  w->at += loop->now;
  loop->timers[loop->ntimers++] = w;
  w->active = 1;
}

void
ev_timer_stop (struct ev_loop *loop, ev_timer *w) EV_NOEXCEPT
{
  unsigned i;

  if (!w->active)
    return;
  for (i = 0; loop->timers[i] != w; i++)
    CHECK (i < loop->ntimers);
  loop->timers[i] = loop->timers[--loop->ntimers];
  w->at -= loop->now;
  w->active = 0;
}

void
ev_timer_again (struct ev_loop *loop, ev_timer *w) EV_NOEXCEPT
{
  ev_timer_stop (loop, w);
  if (w->repeat > 0) {
    w->at = w->repeat;
    ev_timer_start (loop, w);
  }
}

void
ev_idle_start (struct ev_loop *loop, ev_idle *w) EV_NOEXCEPT
{
  loop->idle += !w->active;
  w->active = 1;
}

void
ev_idle_stop (struct ev_loop *loop, ev_idle *w) EV_NOEXCEPT
{
  loop->idle -= w->active != 0;
  w->active = 0;
}

/* Whose program it is calls them when it goes round. */
void
ev_prepare_start (struct ev_loop *loop, ev_prepare *w) EV_NOEXCEPT
{
  loop->nprepares += !w->active;
  w->active = 1;
}

void
ev_prepare_stop (struct ev_loop *loop, ev_prepare *w) EV_NOEXCEPT
{
  loop->nprepares -= w->active != 0;
  w->active = 0;
}

bool
loop_poll (struct ev_loop *loop)
{
  struct pollfd fds[LOOP_WATCHERS];
  ev_io *ios[LOOP_WATCHERS];
  const unsigned n = loop->nios;
  unsigned i;

  for (i = 0; i < n; i++) {
    ios[i] = loop->ios[i];
    fds[i] = (struct pollfd) { .fd = ios[i]->fd, .events = POLLIN };
  }
  if (poll (fds, n, 0) <= 0)
    return false;
  for (i = 0; i < n; i++) /* none is freed by another's callback */
    if (fds[i].revents && ios[i]->active)
      ios[i]->cb (loop, ios[i], EV_READ);
  return true;
}

bool
loop_readable (struct ev_loop *loop, int fd)
{
  unsigned i;

  for (i = 0; i < loop->nios; i++)
    if (loop->ios[i]->fd == fd) {
      loop->ios[i]->cb (loop, loop->ios[i], EV_READ);
      return true;
    }
  return false;
}

/* The timer that goes off first, if that is by now. */
static ev_timer *
first_due (const struct ev_loop *loop)
{
  ev_timer *first = NULL;
  unsigned i;

  for (i = 0; i < loop->ntimers; i++)
    if (loop->timers[i]->at <= loop->now &&
        (!first || loop->timers[i]->at < first->at))
      first = loop->timers[i];
  return first;
}

bool
loop_advance (struct ev_loop *loop, double seconds)
{
  ev_timer *timer;
  bool any = false;

  loop->now += seconds;
  while ((timer = first_due (loop)) != NULL) {
    any = true;
    if (timer->repeat > 0)
      timer->at = loop->now + timer->repeat;
    else
      ev_timer_stop (loop, timer);
    timer->cb (loop, timer, EV_TIMER);
  }
  return any;
}

bool
loop_busy (const struct ev_loop *loop)
{
  return loop->idle + loop->nprepares + loop->ntimers + loop->nios > 0;
}

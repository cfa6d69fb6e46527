/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>

#include "disk-timers.h"

static void
retry_over (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct disk_timers *timers = timer->data;

  (void) loop;
  (void) revents;
  timers->due = true;
  timers->over (timers->data);
}

static void
look_again_over (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct disk_timers *timers = timer->data;

  (void) loop;
  (void) revents;
  timers->over (timers->data);
}

static void
size_poll_over (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct disk_timers *timers = timer->data;

  (void) loop;
  (void) revents;
  timers->ask_size (timers->data);
}

void
disk_timers_init (struct disk_timers *timers, struct ev_loop *loop,
                  void (*over) (void *data), void (*ask_size) (void *data),
                  void *data)
{
  memset (timers, 0, sizeof *timers);
  timers->loop = loop;
  timers->over = over;
  timers->ask_size = ask_size;
  timers->data = data;
  ev_init (&timers->retry, retry_over);
  ev_init (&timers->look_again, look_again_over);
  ev_init (&timers->size_poll, size_poll_over);
  timers->retry.data = timers->look_again.data = timers->size_poll.data =
    timers;
}

void
disk_timers_stop (struct disk_timers *timers)
{
  ev_timer_stop (timers->loop, &timers->retry);
  ev_timer_stop (timers->loop, &timers->look_again);
  ev_timer_stop (timers->loop, &timers->size_poll);
}

void
disk_timers_due (struct disk_timers *timers)
{
  timers->due = true;
}

void
disk_timers_retry (struct disk_timers *timers, double seconds)
{
  ev_timer_stop (timers->loop, &timers->retry);
  ev_timer_set (&timers->retry, seconds, 0);
  ev_timer_start (timers->loop, &timers->retry);
}

void
disk_timers_begun (struct disk_timers *timers)
{
  ev_timer_stop (timers->loop, &timers->retry);
  timers->due = false;
}

void
disk_timers_look_again (struct disk_timers *timers, enum again again)
{
  if (again == AGAIN_NO || ev_is_active (&timers->look_again))
    return;
  ev_timer_set (&timers->look_again, DISK_LOOK_AGAIN, 0);
  ev_timer_start (timers->loop, &timers->look_again);
}

void
disk_timers_poll_size (struct disk_timers *timers, double seconds)
{
  if (timers->size_poll.repeat == seconds &&
      ev_is_active (&timers->size_poll))
    return;
  timers->size_poll.repeat = seconds;
  if (seconds > 0)
    ev_timer_again (timers->loop, &timers->size_poll);
  else
    ev_timer_stop (timers->loop, &timers->size_poll);
}

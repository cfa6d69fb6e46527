/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>
#include <time.h>

#include "bucket.h"
#include "throttle.h"

static void
timer_ended (struct ev_loop *loop, ev_timer *timer, int revents)
{
  /* The turn that follows looks again. */
  (void) loop;
  (void) timer;
  (void) revents;
}

void
throttle_init (struct throttle *throttle, const struct rate *rates,
               uint64_t *state)
{
  memset (throttle, 0, sizeof *throttle);
  throttle->rates = rates;
  ev_init (&throttle->timer, timer_ended);
  throttle_set (throttle, state);
}

void
throttle_set (struct throttle *throttle, uint64_t *state)
{
  unsigned i;

  throttle->state = state;
  throttle->any = false;
  for (i = 0; i < TUNE_LIMITS; i++)
    throttle->any |= throttle->rates[i].rate > 0;
}

uint64_t
throttle_clock (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * UINT64_C (1000000000) + now.tv_nsec;
}

uint64_t
throttle_time (const struct throttle *throttle)
{
  return throttle->any ? throttle_clock () : 0;
}

void
throttle_replaced (struct throttle *throttle, const struct rate *old,
                   uint64_t now)
{
  const struct rate *new = throttle->rates;
  unsigned i;

  for (i = 0; i < TUNE_LIMITS; i++)
    if (old[i].rate != new[i].rate || old[i].burst != new[i].burst)
      bucket_cap (&throttle->state[i], &new[i], now);
}

void
throttle_begin (struct throttle *throttle, uint64_t now, bool open)
{
  throttle->now = now;
  throttle->open = open;
  throttle->waiting = false;
}

void
throttle_end (struct throttle *throttle, struct ev_loop *loop)
{
  ev_timer_stop (loop, &throttle->timer);
  if (!throttle->waiting)
    return;
  ev_timer_set (&throttle->timer, throttle->wait / 1e9, 0);
  ev_timer_start (loop, &throttle->timer);
}

void
throttle_quiet (struct throttle *throttle, struct ev_loop *loop)
{
  ev_timer_stop (loop, &throttle->timer);
}

static bool
is_read (const struct request *request)
{
  return request->io.kind == BLKIF_READ;
}

/* Does the limit count requests like this one? */
static bool
concerns (enum tune_limit limit, const struct request *request)
{
  switch (limit) {
  case TUNE_READ_OPS:    return is_read (request);
  case TUNE_WRITE_OPS:   return !is_read (request);
  case TUNE_BYTES:       return request->io.nsegments > 0;
  case TUNE_READ_BYTES:  return is_read (request);
  case TUNE_WRITE_BYTES: return !is_read (request) &&
                                request->io.nsegments > 0;
  default:               return true;
  }
}

bool
throttle_allows (struct throttle *throttle, const struct request *request)
{
  uint64_t wait = 0, one;
  unsigned i;

  if (!throttle->any || throttle->open)
    return true;
  for (i = 0; i < TUNE_LIMITS; i++)
    if (concerns (i, request)) {
      one = bucket_wait (&throttle->state[i], &throttle->rates[i],
                         throttle->now);
      wait = one > wait ? one : wait;
    }
  if (wait == 0)
    return true;
  if (!throttle->waiting || wait < throttle->wait)
    throttle->wait = wait;
  throttle->waiting = true;
  return false;
}

bool
throttle_must_keep (struct throttle *throttle, unsigned ring,
                    const struct request *request)
{
  return request->io.kind != BLKIF_BARRIER &&
         (throttle->kept[ring][!is_read (request)].head ||
          !throttle_allows (throttle, request));
}

void
throttle_keep (struct throttle *throttle, unsigned ring,
               struct request *request)
{
  request_append (&throttle->kept[ring][!is_read (request)], request);
  if (throttle->rings <= ring)
    throttle->rings = ring + 1;
}

/* The row whose turn it is: that with the oldest of the reads (0) or of all
 * others (1).
 */
static struct request_list *
oldest (struct throttle *throttle, unsigned kind)
{
  struct request_list *found = NULL;
  unsigned i;

  for (i = 0; i < throttle->rings; i++) {
    struct request_list *list = &throttle->kept[i][kind];

    if (list->head && (!found || list->head->taken < found->head->taken))
      found = list;
  }
  return found;
}

/* So that reads and writes share what limits both, the older is asked first. */
struct request_list *
throttle_next (struct throttle *throttle)
{
  struct request_list *turn[2] = {
    oldest (throttle, 0), oldest (throttle, 1)
  };
  const unsigned first = turn[0] && turn[1]
                         ? turn[1]->head->taken < turn[0]->head->taken
                         : turn[0] == NULL;

  if (turn[first] && throttle_allows (throttle, turn[first]->head))
    return turn[first];
  if (turn[!first] && throttle_allows (throttle, turn[!first]->head))
    return turn[!first];
  return NULL;
}

void
throttle_pass (struct throttle *throttle, const struct request *request)
{
  unsigned i;

  if (!throttle->any)
    return;
  for (i = 0; i < TUNE_LIMITS; i++)
    if (concerns (i, request))
      bucket_take (&throttle->state[i], &throttle->rates[i],
                   i < TUNE_BYTES ? 1 : request->io.length, throttle->now);
}

bool
throttle_idle (const struct throttle *throttle)
{
  unsigned i;

  for (i = 0; i < throttle->rings; i++)
    if (throttle->kept[i][0].head || throttle->kept[i][1].head)
      return false;
  return true;
}

uint64_t
throttle_reach (const struct throttle *throttle, uint64_t end)
{
  unsigned i;

  for (i = 0; i < throttle->rings; i++) {
    end = request_reach (&throttle->kept[i][0], end);
    end = request_reach (&throttle->kept[i][1], end);
  }
  return end;
}

void
throttle_clear (struct throttle *throttle, struct request_list *list)
{
  unsigned i;

  for (i = 0; i < throttle->rings; i++) {
    request_append_all (list, &throttle->kept[i][0]);
    request_append_all (list, &throttle->kept[i][1]);
  }
  throttle->rings = 0;
}

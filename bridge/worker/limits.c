/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bridge/shared/run-dir.h"
#include "limits.h"
#include "volume.h"

#define STATE_SIZE sizeof ((struct volume_common *) 0)->buckets

static void
timer_ended (struct ev_loop *loop, ev_timer *timer, int revents)
{
  /* The turn that follows looks again. */
  (void) loop;
  (void) timer;
  (void) revents;
}

void
limits_init (struct volume *volume)
{
  ev_init (&volume->limiter.timer, timer_ended);
  volume->limiter.state = volume->common->buckets;
}

/* Returns NULL with errno. */
static uint64_t *
map_group (const char *run_dir, const char *group)
{
  char path[RUN_DIR_PATH_MAX];
  void *state;
  int fd, saved;

  run_dir_group (path, run_dir, group);
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd == -1)
    return NULL;
  state = ftruncate (fd, STATE_SIZE) == -1 ? MAP_FAILED
          : mmap (NULL, STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  saved = errno;
  close (fd);
  errno = saved;
  return state == MAP_FAILED ? NULL : state;
}

static void
leave_group (struct volume *volume)
{
  struct limits *limits = &volume->limiter;

  if (limits->group[0])
    munmap (limits->state, STATE_SIZE);
  limits->group[0] = '\0';
  limits->state = volume->common->buckets;
}

void
limits_set (struct volume *volume)
{
  struct limits *limits = &volume->limiter;
  const char *group = volume->tune.limit_group;
  uint64_t *state;
  unsigned i;

  limits->any = false;
  for (i = 0; i < TUNE_LIMITS; i++)
    limits->any |= volume->tune.limits[i].rate > 0;
  if (strcmp (limits->group, group) == 0)
    return;
  leave_group (volume);
  state = group[0] && volume->run_dir ? map_group (volume->run_dir, group)
                                      : NULL;
  if (state) {
    limits->state = state;
    strcpy (limits->group, group);
  }
  else if (group[0])
    log_error (volume->name, "limit-group = %s: cannot share limits with "
               "other disks: %s", group, strerror (errno));
}

static uint64_t
clock_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * UINT64_C (1000000000) + now.tv_nsec;
}

void
limits_replaced (struct volume *volume, const struct rate *old)
{
  const struct rate *new = volume->tune.limits;
  unsigned i;

  for (i = 0; i < TUNE_LIMITS; i++)
    if (old[i].rate != new[i].rate || old[i].burst != new[i].burst)
      bucket_cap (&volume->limiter.state[i], &new[i], clock_now ());
}

void
limits_begin (struct volume *volume)
{
  volume->limiter.waiting = false;
  if (volume->limiter.any)
    volume->limiter.now = clock_now ();
}

void
limits_end (struct volume *volume)
{
  struct limits *limits = &volume->limiter;

  ev_timer_stop (volume->loop, &limits->timer);
  if (!limits->waiting)
    return;
  ev_timer_set (&limits->timer, limits->wait / 1e9, 0);
  ev_timer_start (volume->loop, &limits->timer);
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
limits_hold (struct volume *volume, const struct request *request)
{
  struct limits *limits = &volume->limiter;
  uint64_t wait = 0, one;
  unsigned i;

  if (!limits->any || volume->stopping)
    return false;
  for (i = 0; i < TUNE_LIMITS; i++)
    if (concerns (i, request)) {
      one = bucket_wait (&limits->state[i], &volume->tune.limits[i],
                         limits->now);
      wait = one > wait ? one : wait;
    }
  if (wait == 0)
    return false;
  if (!limits->waiting || wait < limits->wait)
    limits->wait = wait;
  limits->waiting = true;
  return true;
}

void
limits_pass (struct volume *volume, const struct request *request)
{
  struct limits *limits = &volume->limiter;
  unsigned i;

  if (!limits->any)
    return;
  for (i = 0; i < TUNE_LIMITS; i++)
    if (concerns (i, request))
      bucket_take (&limits->state[i], &volume->tune.limits[i],
                   i < TUNE_BYTES ? 1 : request->io.length, limits->now);
}

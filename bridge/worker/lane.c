/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lane.h"
#include "bridge/shared/message-text.h"

static void
woken (struct ev_loop *loop, ev_async *async, int revents)
{
  /* The turn that follows looks at what is posted. */
  (void) loop;
  (void) async;
  (void) revents;
}

static void
turn (struct ev_loop *loop, ev_prepare *prepare, int revents)
{
  struct lane *lane = prepare->data;
  bool quit;

  (void) revents;
  lane_turn (lane);
  pthread_mutex_lock (&lane->mutex);
  quit = lane->quit;
  pthread_mutex_unlock (&lane->mutex);
  if (quit)
    ev_break (loop, EVBREAK_ALL);
}

void
lane_init (struct lane *lane, const char *name, uint32_t domid,
           const char *run_dir, struct volume_common *common)
{
  memset (lane, 0, sizeof *lane);
  session_init (&lane->session, name, domid, run_dir, common);
  pthread_mutex_init (&lane->mutex, NULL);
  ev_prepare_init (&lane->prepare, turn);
  lane->prepare.data = lane;
  ev_async_init (&lane->wake, woken);
}

void
lane_set_loop (struct lane *lane, struct ev_loop *loop)
{
  lane->session.volume.loop = loop;
}

int
lane_open (struct lane *lane, const struct nbd_target *target,
           const struct nbd_client_options *options, const struct tune *tune)
{
  struct volume *volume = &lane->session.volume;

  volume->tune = *tune;
  volume->client = nbd_client_new (volume->loop, target, options);
  return volume->client ? 0 : -1;
}

static void *
run (void *opaque)
{
  struct lane *lane = opaque;

  ev_run (lane->session.volume.loop, 0);
  return NULL;
}

/* Signals are the main thread's. */
static int
start_thread (struct lane *lane)
{
  sigset_t all, old;
  int error;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  error = pthread_create (&lane->thread, NULL, run, lane);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  return error;
}

void
lane_close (struct lane *lane)
{
  struct volume *volume = &lane->session.volume;

  ev_idle_stop (volume->loop, &volume->again);
  nbd_client_free (volume->client);
  volume->client = NULL;
}

/* The thread does not run, or no more. */
static void
clean_up (struct lane *lane)
{
  struct ev_loop *loop = lane->session.volume.loop;

  ev_prepare_stop (loop, &lane->prepare);
  ev_async_stop (loop, &lane->wake);
  lane_close (lane);
  ev_loop_destroy (loop);
  lane->session.volume.loop = NULL;
}

/* libev gives up the program where it cannot have its descriptors. */
static struct ev_loop *
new_loop (void)
{
  int fd = eventfd (0, EFD_CLOEXEC);

  if (fd == -1)
    return NULL;
  close (fd);
  errno = ENOMEM;
  return ev_loop_new (0);
}

/* As if there had never been anything. */
static void
forget (struct lane *lane)
{
  lane->quit = lane->looking = false;
  lane->rings = LANE_RINGS_NONE;
  lane->ring_error[0] = '\0';
  lane->flushes = 0;
  lane->session.volume.asked_busy = false;
  memset (&lane->session.volume.asked, 0, sizeof lane->session.volume.asked);
  memset (&lane->posted, 0, sizeof lane->posted);
  memset (&lane->report, 0, sizeof lane->report);
  memset (&lane->last, 0, sizeof lane->last);
}

int
lane_start (struct lane *lane, const struct nbd_target *target,
            const struct nbd_client_options *options, const struct tune *tune,
            struct ev_loop *main_loop, ev_async *told)
{
  int error = ENOMEM;

  lane->session.volume.loop = new_loop ();
  if (lane->session.volume.loop == NULL)
    return -1;
  lane->main_loop = main_loop;
  lane->told = told;
  forget (lane);
  lane->posted.tune = *tune;
  lane->order = lane->posted;
  ev_prepare_start (lane->session.volume.loop, &lane->prepare);
  ev_async_start (lane->session.volume.loop, &lane->wake);
  if (lane_open (lane, target, options, tune) == 0)
    error = start_thread (lane);
  lane->threaded = error == 0;
  if (error == 0)
    return 0;
  clean_up (lane);
  errno = error;
  return -1;
}

void
lane_end (struct lane *lane)
{
  if (!lane->threaded)
    return;
  pthread_mutex_lock (&lane->mutex);
  lane->quit = true;
  pthread_mutex_unlock (&lane->mutex);
  ev_async_send (lane->session.volume.loop, &lane->wake);
  pthread_join (lane->thread, NULL);
  lane->threaded = false;
  clean_up (lane);
}

void
lane_tell (struct lane *lane, const struct lane_order *order)
{
  pthread_mutex_lock (&lane->mutex);
  lane->posted = *order;
  pthread_mutex_unlock (&lane->mutex);
  if (lane->threaded)
    ev_async_send (lane->session.volume.loop, &lane->wake);
  else
    volume_again (&lane->session.volume);
}

void
lane_look (struct lane *lane, struct lane_report *report)
{
  pthread_mutex_lock (&lane->mutex);
  if (lane->report.serial != report->serial)
    *report = lane->report;
  pthread_mutex_unlock (&lane->mutex);
}

/* Connect the rings, once, or give them back. */
static void
obey_rings (struct lane *lane)
{
  const struct lane_order *order = &lane->order;

  if (order->rings == NULL) {
    lane->rings = LANE_RINGS_NONE;
    lane->ring_error[0] = '\0';
    session_disconnect (&lane->session);
  }
  else if (lane->rings == LANE_RINGS_NONE) {
    lane->rings = LANE_RINGS_TRIED;
    session_connect (&lane->session, order->rings, order->first,
                     order->volumes, FAILURE_INTO (lane->ring_error));
  }
}

static void
obey_operator (struct lane *lane, const struct lane_order *before)
{
  const struct lane_order *order = &lane->order;
  struct volume *volume = &lane->session.volume;

  if (memcmp (&order->tune, &before->tune, sizeof order->tune) != 0)
    session_tune (&lane->session, &order->tune);
  if (order->resumes != before->resumes)
    session_resume (&lane->session);
  if (order->stopped)
    session_stop (&lane->session, order->why);
  if (order->looks != before->looks) {
    lane->looking = true;
    nbd_client_ask_size (volume->client, order->may_shrink, order->floor);
  }
}

/* Returns false if there is no other order than before. */
static bool
take_order (struct lane *lane, struct lane_order *before)
{
  bool other;

  pthread_mutex_lock (&lane->mutex);
  other = lane->posted.number != lane->order.number;
  if (other) {
    *before = lane->order;
    lane->order = lane->posted;
  }
  pthread_mutex_unlock (&lane->mutex);
  return other;
}

static void
obey (struct lane *lane)
{
  struct volume *volume = &lane->session.volume;
  struct lane_order before;

  if (!take_order (lane, &before))
    return;
  obey_rings (lane);
  obey_operator (lane, &before);
  volume->paused = lane->order.paused;
  volume->allowed = lane->order.barrier;
}

/* A flush that is at the server already does not cover what came since. */
static void
flush_turn (struct lane *lane)
{
  struct volume *volume = &lane->session.volume;

  if (lane->flushes == lane->order.flushes || volume->asked_busy)
    return;
  lane->flushes = lane->order.flushes;
  session_ask_flush (&lane->session);
}

static void
describe_server (struct lane *lane, struct lane_report *report)
{
  struct nbd_client *client = lane->session.volume.client;
  const struct nbd_client_export *export = nbd_client_export (client);

  report->server = *nbd_client_status (client);
  report->has_export = export != NULL;
  if (export)
    report->export = *export;
  if (lane->looking && !nbd_client_asks_size (client))
    lane->looking = false;
}

/* What changes with each request is told only while that matters. */
static void
describe_load (const struct lane *lane, struct lane_report *report)
{
  const struct volume *volume = &lane->session.volume;
  uint64_t reach;

  report->active = ev_is_active (&lane->session.trim);
  if (volume->barrier)
    report->barrier = volume->barriers;
  if (!lane->order.paused && volume->phase == VOLUME_CONNECTED)
    return;
  reach = session_reach (&lane->session);
  report->in_flight = session_in_flight (&lane->session);
  report->quiet = session_quiet (&lane->session);
  report->drained = report->in_flight == 0;
  report->unsent = true;
  if (volume->client) {
    report->unsent = nbd_client_busy (volume->client) == 0;
    report->reach = nbd_client_reach (volume->client);
  }
  report->drained &= report->unsent;
  if (reach > report->reach)
    report->reach = reach;
}

static void
describe (struct lane *lane, struct lane_report *report)
{
  const struct volume *volume = &lane->session.volume;
  const struct lane_order *order = &lane->order;

  memset (report, 0, sizeof *report);
  report->serial = lane->last.serial;
  report->number = order->number;
  report->connected = volume->nqueues > 0;
  report->broken = session_broken (&lane->session);
  report->persistent = lane->session.persistent;
  message_copy_text (report->ring_error, lane->ring_error,
                     sizeof report->ring_error);
  report->stopped = volume->policy.stopped;
  report->io_status = volume->policy.io_status;
  message_copy_text (report->why, volume->policy.reason, sizeof report->why);
  if (volume->client)
    describe_server (lane, report);
  describe_load (lane, report);
  report->flushes = volume->asked_busy ? lane->flushes - 1 : lane->flushes;
  report->looks = lane->looking ? order->looks - 1 : order->looks;
  report->flush_error = volume->asked.error;
}

void
lane_turn (struct lane *lane)
{
  struct lane_report report;

  obey (lane);
  session_turn (&lane->session);
  flush_turn (lane);
  describe (lane, &report);
  if (memcmp (&report, &lane->last, sizeof report) == 0)
    return;
  report.serial++;
  lane->last = report;
  pthread_mutex_lock (&lane->mutex);
  lane->report = report;
  pthread_mutex_unlock (&lane->mutex);
  if (lane->told)
    ev_async_send (lane->main_loop, lane->told);
}

void
lane_set_several (struct lane *lane, bool several)
{
  if (lane->session.volume.client)
    nbd_client_set_several (lane->session.volume.client, several);
}

bool
lane_give_up (struct lane *lane)
{
  if (!session_give_up (&lane->session))
    return false;
  volume_again (&lane->session.volume);
  return true;
}

void
lane_cancel (struct lane *lane)
{
  struct volume *volume = &lane->session.volume;

  if (nbd_client_busy (volume->client) == 0)
    return;
  nbd_client_cancel (volume->client);
  volume_again (volume);
}

void
lane_change (struct lane *lane, const struct nbd_target *target)
{
  nbd_client_change (lane->session.volume.client, target);
  volume_again (&lane->session.volume);
}

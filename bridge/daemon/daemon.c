/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "control.h"

static void
store_readable (struct ev_loop *loop, ev_io *watcher, int revents)
{
  /* The turn that follows takes the events. */
  (void) loop;
  (void) watcher;
  (void) revents;
}

static int
connect_store (struct daemon *daemon)
{
  char path[64];
  uint64_t domid = 0;
  unsigned kind;

  daemon->store = store_open ();
  if (daemon->store == NULL)
    return -1;
  /* A domain that was not told its number is the first one. */
  if (store_read_number (daemon->store, STORE_NOW, "", "domid", 0x7fef,
                         &domid) == -1 && errno != ENOENT)
    return -1;
  for (kind = 0; kind < DEVICE_KINDS; kind++) {
    snprintf (path, sizeof path, "/local/domain/%u/backend/%s",
              (unsigned) domid, device_kind_name (kind));
    if (store_watch (daemon->store, path) == -1)
      return -1;
  }
  disks_connect (&daemon->disks, daemon->store, domid);
  ev_io_set (&daemon->store_readable, store_fd (daemon->store), EV_READ);
  ev_io_start (daemon->loop, &daemon->store_readable);
  if (store_hangup_fd (daemon->store) != -1) {
    ev_io_set (&daemon->store_hangup, store_hangup_fd (daemon->store),
               EV_READ);
    ev_io_start (daemon->loop, &daemon->store_hangup);
  }
  daemon->scan.due = true;
  return 0;
}

static void
disconnect_store (struct daemon *daemon)
{
  ev_io_stop (daemon->loop, &daemon->store_readable);
  ev_io_stop (daemon->loop, &daemon->store_hangup);
  disks_disconnect (&daemon->disks);
  store_close (daemon->store);
  daemon->store = NULL;
}

static void
store_retry (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct daemon *daemon = timer->data;

  (void) revents;
  if (connect_store (daemon) == 0) {
    log_info (NULL, "connected to xenstore again");
    ev_timer_stop (loop, timer);
  }
  else
    disconnect_store (daemon);
}

static void
store_hangup (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct daemon *daemon = watcher->data;

  (void) revents;
  ev_io_stop (loop, watcher);
  store_hung_up (daemon->store);
}

/* Not everything could be read the last time, or not every worker found. */
static void
rescan (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct daemon *daemon = timer->data;

  (void) revents;
  ev_timer_stop (loop, timer);
  daemon->scan.due = true;
}

static void
again (struct ev_loop *loop, ev_idle *idle, int revents)
{
  (void) loop;
  (void) idle;
  (void) revents;
}

/* Returns true if there may be more events. */
static bool
take_events (struct daemon *daemon)
{
  char path[STORE_PATH_MAX];
  unsigned n;

  for (n = 0; n < DAEMON_EVENTS; n++) {
    if (!store_event (daemon->store, path))
      return false;
    scan_note_event (&daemon->scan, path);
  }
  return true;
}

static void
turn (struct ev_loop *loop, ev_prepare *prepare, int revents)
{
  struct daemon *daemon = prepare->data;
  bool more = false;

  (void) revents;
  if (daemon->store) {
    more = take_events (daemon);
    if (daemon->scan.due && !scan_run (&daemon->scan))
      ev_timer_again (loop, &daemon->rescan);
  }
  more |= disks_update (&daemon->disks);
  control_answer (daemon->control);
  if (daemon->store && store_lost (daemon->store)) {
    log_error (NULL, "the connection to xenstore is lost; disks are served "
               "on, changes wait");
    disconnect_store (daemon);
    ev_timer_again (loop, &daemon->store_retry);
  }
  if (more)
    ev_idle_start (loop, &daemon->again);
  else
    ev_idle_stop (loop, &daemon->again);
}

int
daemon_init (struct daemon *daemon, struct ev_loop *loop,
             const struct settings *settings,
             const struct spawn_program *program)
{
  memset (daemon, 0, sizeof *daemon);
  daemon->loop = loop;
  disks_init (&daemon->disks, loop, settings, program);
  scan_init (&daemon->scan, &daemon->disks);
  ev_init (&daemon->store_readable, store_readable);
  ev_init (&daemon->store_retry, store_retry);
  daemon->store_retry.repeat = DAEMON_STORE_RETRY;
  ev_init (&daemon->store_hangup, store_hangup);
  ev_init (&daemon->rescan, rescan);
  daemon->rescan.repeat = DAEMON_STORE_RETRY;
  daemon->rescan.data = daemon;
  ev_prepare_init (&daemon->prepare, turn);
  ev_idle_init (&daemon->again, again);
  daemon->store_retry.data = daemon->store_hangup.data =
    daemon->prepare.data = daemon;
  daemon->control = control_new (loop, program->run_dir, &daemon->scan);
  if (daemon->control == NULL || connect_store (daemon) == -1) {
    int saved = errno;

    daemon_free (daemon);
    errno = saved;
    return -1;
  }
  ev_prepare_start (loop, &daemon->prepare);
  return 0;
}

void
daemon_free (struct daemon *daemon)
{
  control_free (daemon->control);
  ev_timer_stop (daemon->loop, &daemon->store_retry);
  ev_timer_stop (daemon->loop, &daemon->rescan);
  ev_prepare_stop (daemon->loop, &daemon->prepare);
  ev_idle_stop (daemon->loop, &daemon->again);
  disks_free (&daemon->disks);
  disconnect_store (daemon);
}

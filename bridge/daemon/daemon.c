/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "daemon.h"
#include "scan.h"

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
  struct disk *disk;
  unsigned kind;

  daemon->store = store_open ();
  if (daemon->store == NULL)
    return -1;
  /* A domain that was not told its number is the first one. */
  if (store_read_number (daemon->store, STORE_NOW, "", "domid", 0x7fef,
                         &domid) == -1 && errno != ENOENT)
    return -1;
  daemon->own_domid = domid;
  for (kind = 0; kind < DEVICE_KINDS; kind++) {
    snprintf (path, sizeof path, "/local/domain/%u/backend/%s",
              daemon->own_domid, device_kind_name (kind));
    if (store_watch (daemon->store, path) == -1)
      return -1;
  }
  for (disk = daemon->disks; disk; disk = disk->next) {
    if (disk->ours && !disk->leaving)
      daemon_watch_frontend (daemon, disk);
    disk->marked = true;
  }
  ev_io_set (&daemon->store_readable, store_fd (daemon->store), EV_READ);
  ev_io_start (daemon->loop, &daemon->store_readable);
  if (store_hangup_fd (daemon->store) != -1) {
    ev_io_set (&daemon->store_hangup, store_hangup_fd (daemon->store),
               EV_READ);
    ev_io_start (daemon->loop, &daemon->store_hangup);
  }
  daemon->scan = true;
  return 0;
}

static void
disconnect_store (struct daemon *daemon)
{
  ev_io_stop (daemon->loop, &daemon->store_readable);
  ev_io_stop (daemon->loop, &daemon->store_hangup);
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
  daemon->scan = true;
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
    scan_note_event (daemon, path);
  }
  return true;
}

/* Update the marked disks.  Returns true if any wants to be updated again. */
static bool
update_disks (struct daemon *daemon)
{
  struct disk **where = &daemon->disks, *disk;
  bool more = false;

  while ((disk = *where) != NULL) {
    const bool can = daemon->store && !store_lost (daemon->store);

    if (disk->marked && (can || disk->leaving) && disk_update (disk)) {
      *where = disk->next;
      disk_free (disk);
      continue;
    }
    more |= disk->marked && can;
    where = &disk->next;
  }
  return more;
}

static void
turn (struct ev_loop *loop, ev_prepare *prepare, int revents)
{
  struct daemon *daemon = prepare->data;
  bool more = false;

  (void) revents;
  if (daemon->store) {
    more = take_events (daemon);
    if (daemon->scan) {
      if (!scan_devices (daemon) ||
          (!daemon->adopted && !(daemon->adopted = scan_orphans (daemon))))
        ev_timer_again (loop, &daemon->rescan);
    }
  }
  more |= update_disks (daemon);
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
             const struct link_program *program)
{
  memset (daemon, 0, sizeof *daemon);
  daemon->loop = loop;
  daemon->settings = settings;
  daemon->program = *program;
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
  daemon->control = control_new (daemon);
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
  struct disk *disk;

  control_free (daemon->control);
  ev_timer_stop (daemon->loop, &daemon->store_retry);
  ev_timer_stop (daemon->loop, &daemon->rescan);
  ev_prepare_stop (daemon->loop, &daemon->prepare);
  ev_idle_stop (daemon->loop, &daemon->again);
  while ((disk = daemon->disks) != NULL) {
    daemon->disks = disk->next;
    disk_free (disk);
  }
  disconnect_store (daemon);
}

struct disk *
daemon_find (struct daemon *daemon, const struct device_id *id)
{
  struct disk *disk = scan_find (daemon, id);

  if (disk == NULL && daemon->store) {
    if (!scan_devices (daemon))
      daemon->scan = true; /* the turn sees to it that there is another */
    disk = scan_find (daemon, id);
  }
  return disk;
}

static void
frontend_state_path (const struct disk *disk, char *path)
{
  snprintf (path, STORE_PATH_MAX, "%s/state", disk->paths.frontend);
}

void
daemon_watch_frontend (struct daemon *daemon, struct disk *disk)
{
  const bool news = !disk->unwatched;
  char path[STORE_PATH_MAX];

  frontend_state_path (disk, path);
  disk->unwatched = store_watch (daemon->store, path) == -1;
  if (disk->unwatched && news)
    log_warning (disk->name, "cannot watch %s, so it is looked at every "
                 "second: %s", path, strerror (errno));
}

void
daemon_unwatch_frontend (struct daemon *daemon, const struct disk *disk)
{
  char path[STORE_PATH_MAX];

  frontend_state_path (disk, path);
  if (daemon->store && disk->paths.frontend[0])
    store_unwatch (daemon->store, path);
}

const struct disk *
daemon_rival (const struct daemon *daemon, const struct disk *disk)
{
  const struct disk *other;

  if (!disk->config.writable || disk->config.may_share || !disk->uri[0] ||
      settings_is_shared (daemon->settings, disk->uri))
    return NULL;
  for (other = daemon->disks; other; other = other->next) {
    const bool same_vm = disk->vm[0] && strcmp (disk->vm, other->vm) == 0;

    if (other != disk && disk_holds_export (other) && !same_vm &&
        strcmp (disk->uri, other->uri) == 0)
      return other;
  }
  return NULL;
}

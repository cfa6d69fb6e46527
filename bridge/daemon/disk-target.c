/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon.h"
#include "disk-medium.h"
#include "disk-target.h"
#include "disk-tune.h"
#include "bridge/shared/message-text.h"
#include "nbd-client/target.h"

static bool
awaits_verdict (const struct disk *disk)
{
  return disk->config.script[0] && !disk->state.claimed;
}

static void
try_again (struct disk *disk)
{
  ev_timer_set (&disk->retry, disk->retry_after, 0);
  ev_timer_start (disk->daemon->loop, &disk->retry);
  disk->retry_after *= 2;
  if (disk->retry_after > DISK_RETRY_MAX)
    disk->retry_after = DISK_RETRY_MAX;
}

/* Something is about to change that stands in the way. */
static void
try_soon (struct disk *disk)
{
  ev_timer_set (&disk->retry, DISK_SOON, 0);
  ev_timer_start (disk->daemon->loop, &disk->retry);
}

static bool
may_have_rings (const struct disk *disk)
{
  const struct link *link = &disk->link;

  return (link_settled (link) ? link->status.rings : disk->rings) !=
         HANDSHAKE_RINGS_NONE;
}

/* With rings, as one that a daemon before left may have them, it has requests
 * to answer and the guest's pages: what it had is over only when it has ended.
 */
static void
end_worker (struct disk *disk)
{
  if (!may_have_rings (disk)) {
    link_kill (&disk->link);
    disk->rings = HANDSHAKE_RINGS_NONE;
    return;
  }
  disk_break (disk, "the disk was in use, but cannot have its target now");
  disk->rings = HANDSHAKE_RINGS_DISCONNECTING;
  link_quit (&disk->link);
}

/* The target cannot be had.  A script gets the reason and the device goes;
 * without one, or once it is in use, it is tried again.
 */
static void fail (struct disk *disk, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

static void
fail (struct disk *disk, const char *format, ...)
{
  char text[DEVICE_ERROR_MAX];
  va_list args;

  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  end_worker (disk);
  disk->target = HANDSHAKE_TARGET_FAILED;
  if (strcmp (disk->failure, text) != 0)
    log_error (disk->name, "%s", text);
  snprintf (disk->failure, sizeof disk->failure, "%s", text);
  if (!awaits_verdict (disk))
    try_again (disk);
}

/* Returns false, and the target has failed, if it is none. */
static bool
parse (struct disk *disk)
{
  char why[DEVICE_ERROR_MAX / 2];
  struct nbd_target target;

  disk->uri[0] = '\0';
  if (disk_medium_empty (disk))
    return true;
  if (!message_is_text (disk->config.params)) {
    fail (disk, "the target is not UTF-8 text");
    return false;
  }
  if (nbd_target_parse (disk->config.params, &target,
                        FAILURE_INTO (why)) == -1) {
    fail (disk, "target \"%.200s\": %s", disk->config.params, why);
    return false;
  }
  if (nbd_target_format (&target, disk->uri, sizeof disk->uri) == -1)
    disk->uri[0] = '\0';
  return true;
}

static bool
may_share (struct disk *disk)
{
  const struct disk *rival = daemon_rival (disk->daemon, disk);

  if (rival == NULL)
    return true;
  if (rival->leaving) { /* its guest is gone, its worker ends */
    try_soon (disk);
    return false;
  }
  fail (disk, "%s (%s) cannot have the export %.200s: %s (%s) of another VM "
        "writes to it already", disk->name, disk->config.vdev, disk->uri,
        rival->name, rival->config.vdev);
  return false;
}

void
disk_target_send (struct disk *disk)
{
  const struct settings *settings = disk->daemon->settings;
  struct message message = {
    .type = MESSAGE_OPEN,
    .open.options = {
      .read_only = !disk->config.writable,
      .connect_timeout = settings->connect_timeout,
      .reconnect_limit = settings->reconnect_limit,
      .slow_after = settings->slow_warning,
      .structured_replies = settings->structured_replies,
    },
    .open.connections = settings->connections,
  };

  message.open.removable = disk_medium_removable (disk);
  if (!disk_medium_empty (disk))
    snprintf (message.open.target, sizeof message.open.target, "%s",
              disk->config.params);
  settings_tune (settings, disk->name, disk->uri, &message.open.tune);
  disk_tune_join (disk, &message.open.tune);
  if (link_send (&disk->link, &message) == -1)
    fail (disk, "cannot tell the worker to open the target: %s",
          strerror (errno));
}

bool
disk_target_end_old (struct disk *disk)
{
  if (link_start (&disk->link, &disk->daemon->program, false) == -1)
    return false;
  log_warning (disk->name, "there is a worker of another disk that had this "
               "name; ending it");
  disk->rings = HANDSHAKE_RINGS_DISCONNECTING;
  link_quit (&disk->link);
  return true;
}

void
disk_target_start (struct disk *disk)
{
  const struct link_program *program = &disk->daemon->program;

  ev_timer_stop (disk->daemon->loop, &disk->retry);
  disk->retry_due = false;
  disk->target = HANDSHAKE_TARGET_OPENING;
  if (disk->state.own == HANDSHAKE_INITIALISING && disk_target_end_old (disk))
    return; /* worker_died tries again */
  if (!parse (disk)) {
    disk_target_end_old (disk);
    return;
  }
  if (link_start (&disk->link, program, false) == 0) {
    /* Whether it has rings, its status will say. */
    log_info (disk->name, "found its worker, process %d",
              (int) disk->link.pid);
    disk->rings = HANDSHAKE_RINGS_CONNECTING;
  }
  else if (!may_share (disk))
    return;
  else if (link_start (&disk->link, program, true) == -1 && errno == EAGAIN) {
    try_soon (disk);
    return;
  }
  else if (disk->link.fd == -1) {
    fail (disk, "cannot start %s: %s", program->worker, strerror (errno));
    return;
  }
  else {
    disk->rings = HANDSHAKE_RINGS_NONE;
    if (disk->state.own == HANDSHAKE_CONNECTED)
      disk_break (disk, "the disk was in use, but its worker is gone");
  }
  disk_target_send (disk);
}

static void
worker_died (struct disk *disk)
{
  const int status = disk->link.exit_status;
  char how[64] = "ended";

  if (status != -1 && WIFSIGNALED (status))
    snprintf (how, sizeof how, "was killed by signal %d (%s)",
              WTERMSIG (status), strsignal (WTERMSIG (status)));
  else if (status != -1)
    snprintf (how, sizeof how, "exited with status %d", WEXITSTATUS (status));
  if (disk->link.quitting)
    disk->retry_due = true; /* it was another's, and now there is room */
  else if (disk->rings != HANDSHAKE_RINGS_NONE) {
    char text[DEVICE_ERROR_MAX];

    snprintf (text, sizeof text, "the disk's worker %s", how);
    disk_break (disk, text);
  }
  else
    log_error (disk->name, "the worker %s", how);
  link_close (&disk->link);
  disk->rings = HANDSHAKE_RINGS_NONE;
  disk->target = HANDSHAKE_TARGET_OPENING;
  if (!disk->retry_due)
    try_again (disk);
}

/* It has none, or the one it had went while no daemon ran and the next is
 * being opened.
 */
static bool
waits_for_medium (const struct disk *disk)
{
  return disk_medium_removable (disk) && disk->link.status.export.size == 0;
}

static void
opened (struct disk *disk)
{
  const struct nbd_client_export *export = &disk->link.status.export;
  const uint64_t rest = export->real_size - disk_size (disk);
  char error[DEVICE_ERROR_MAX];

  if (disk->config.writable && export->read_only) {
    fail (disk, "the export %.300s is read-only, but the disk is to be "
          "writable (mode w)", disk->uri);
    return;
  }
  if (!waits_for_medium (disk) && !disk_tune_fits (disk, error)) {
    fail (disk, "%s", error);
    return;
  }
  if (rest > 0)
    log_warning (disk->name, "the export's size, %llu bytes, is rounded down "
                 "by %llu bytes to whole blocks",
                 (unsigned long long) export->real_size,
                 (unsigned long long) rest);
  disk->target = HANDSHAKE_TARGET_OPEN;
  disk->retry_after = DISK_RETRY;
  disk->failure[0] = '\0';
}

/* An attempt went wrong; the worker goes on trying. */
static void
not_yet_open (struct disk *disk)
{
  const char *reason = disk->link.status.reason;

  if (awaits_verdict (disk)) {
    fail (disk, "%.300s: %.200s", disk->uri, reason);
    return;
  }
  if (strcmp (disk->failure, reason) == 0)
    return;
  log_warning (disk->name, "cannot open %.300s yet: %s", disk->uri, reason);
  snprintf (disk->failure, sizeof disk->failure, "%s", reason);
}

/* One that we do not understand is of use to none but a guest that is
 * connected to it, and has not been told to let go of it.
 */
static bool
is_in_the_way (const struct disk *disk)
{
  return disk->link.strange && !disk->link.quitting &&
         (disk->rings == HANDSHAKE_RINGS_DISCONNECTING ||
          (disk->state.own != HANDSHAKE_CONNECTED &&
           disk->state.own != HANDSHAKE_CLOSING));
}

void
disk_target_end_strange (struct disk *disk)
{
  if (!is_in_the_way (disk))
    return;
  disk->rings = HANDSHAKE_RINGS_DISCONNECTING;
  link_quit (&disk->link);
}

void
disk_target_update (struct disk *disk)
{
  const struct message_status *status = &disk->link.status;

  if (disk->link.dead)
    worker_died (disk);
  if (disk->retry_due) {
    disk_target_start (disk);
    return;
  }
  if (disk->target != HANDSHAKE_TARGET_OPENING ||
      !link_settled (&disk->link) || disk->link.quitting)
    return; /* one that is ending speaks of a target that was another's */
  if (status->target == HANDSHAKE_TARGET_FAILED)
    fail (disk, "target \"%.200s\": %.250s", disk->config.params,
          status->reason);
  else if (status->target == HANDSHAKE_TARGET_OPEN && status->has_export)
    opened (disk);
  else if (status->attempts > 0)
    not_yet_open (disk);
}

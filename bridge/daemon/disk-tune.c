/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "disk-tune.h"

void
disk_tune (const struct disk *disk, struct tune *tune)
{
  const struct link *link = &disk->link;

  if (link->has_status && link->status.has_tune)
    *tune = link->status.tune;
  else if (link->has_status)
    tune_init (tune);
  else
    settings_tune (disk->daemon->settings, disk->name, disk->uri, tune);
}

uint64_t
disk_size (const struct disk *disk)
{
  const uint64_t size = disk->link.status.export.size;
  struct tune tune;

  disk_tune (disk, &tune);
  return size - size % tune.sector_size;
}

/* What only an open export can answer. */
static bool
can_be_durable (const struct disk *disk, const struct tune *tune)
{
  const struct message_status *status = &disk->link.status;

  return tune->write_cache == TUNE_CACHE_ON || !disk->config.writable ||
         !status->has_export || status->export.flush || status->export.fua;
}

bool
disk_tune_fits (const struct disk *disk, char *error)
{
  struct tune tune;

  disk_tune (disk, &tune);
  if (disk_size (disk) == 0) {
    snprintf (error, DEVICE_ERROR_MAX, "the export %.300s has %llu bytes, "
              "less than one sector of sector-size = %u", disk->uri,
              (unsigned long long) disk->link.status.export.size,
              tune.sector_size);
    return false;
  }
  if (!can_be_durable (disk, &tune)) {
    snprintf (error, DEVICE_ERROR_MAX, "the export %.300s cannot be served "
              "with write-cache = off: it offers neither flush nor FUA",
              disk->uri);
    return false;
  }
  return true;
}

static int
tell (struct disk *disk, struct message *message, char *error)
{
  const struct link *link = &disk->link;

  if (link->strange) {
    snprintf (error, DEVICE_ERROR_MAX, "the disk's worker, process %d, is of "
              "a later version than the daemon", (int) link->pid);
    return -1;
  }
  if (!link->has_status || disk->leaving || link->quitting) {
    snprintf (error, DEVICE_ERROR_MAX, "the disk has no worker now");
    return -1;
  }
  if (!link->status.has_tune) {
    snprintf (error, DEVICE_ERROR_MAX, "the disk's worker, process %d, is of "
              "an older version that cannot do it", (int) link->pid);
    return -1;
  }
  if (link_send (&disk->link, message) == -1) {
    snprintf (error, DEVICE_ERROR_MAX, "cannot tell the worker: %s",
              strerror (errno));
    return -1;
  }
  return 0;
}

int
disk_tune_change (struct disk *disk, const struct tune *tune, char *error)
{
  struct message message = { .type = MESSAGE_TUNE, .tune.tune = *tune };

  if (!can_be_durable (disk, tune)) {
    snprintf (error, DEVICE_ERROR_MAX, "write-cache = off: the server offers "
              "neither flush nor FUA, so it must be on");
    return -1;
  }
  return tell (disk, &message, error);
}

int
disk_stop (struct disk *disk, char *error)
{
  struct message message = { .type = MESSAGE_STOP };

  if (disk->rings != HANDSHAKE_RINGS_CONNECTED) {
    snprintf (error, DEVICE_ERROR_MAX, "no frontend is connected");
    return -1;
  }
  return tell (disk, &message, error);
}

int
disk_resume (struct disk *disk, char *error)
{
  struct message message = { .type = MESSAGE_RESUME };

  if (disk->link.has_status && !disk->link.status.stopped[0]) {
    snprintf (error, DEVICE_ERROR_MAX, "the disk is not stopped");
    return -1;
  }
  return tell (disk, &message, error);
}

static bool
is_fellow (const struct disk *disk, const struct disk *other,
           const char *group)
{
  const struct link *link = &other->link;

  return other != disk && group[0] && other->ours && !other->leaving &&
         link->has_status && link->status.has_tune &&
         strcmp (link->status.tune.limit_group, group) == 0;
}

void
disk_tune_join (const struct disk *disk, struct tune *tune)
{
  const struct disk *other;

  for (other = disk->daemon->disks; other; other = other->next)
    if (is_fellow (disk, other, tune->limit_group)) {
      memcpy (tune->limits, other->link.status.tune.limits,
              sizeof tune->limits);
      return;
    }
}

int
disk_tune_limit (struct disk *disk, const struct tune *tune, char *error)
{
  char others_error[DEVICE_ERROR_MAX];
  struct disk *other;

  if (disk_tune_change (disk, tune, error) == -1)
    return -1;
  for (other = disk->daemon->disks; other; other = other->next) {
    struct tune theirs;

    if (!is_fellow (disk, other, tune->limit_group))
      continue;
    theirs = other->link.status.tune;
    memcpy (theirs.limits, tune->limits, sizeof theirs.limits);
    if (disk_tune_change (other, &theirs, others_error) == -1)
      log_warning (other->name, "its limits stay as they were: %s",
                   others_error);
  }
  return 0;
}

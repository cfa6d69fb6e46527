/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "disk-target.h"
#include "bridge/shared/message-text.h"
#include "nbd-client/target.h"

void
disk_target_init (struct disk_target *target)
{
  memset (target, 0, sizeof *target);
  target->retry_after = DISK_RETRY;
}

int
disk_target_name (struct disk_target *target, const struct disk_facts *facts,
                  struct failure *failure)
{
  const char *params = facts->config.params;
  char why[DEVICE_ERROR_MAX / 2];
  struct nbd_target parsed;

  target->uri[0] = '\0';
  if (disk_facts_empty (facts))
    return 0;
  if (!message_is_text (params))
    return failure_set (failure, "the target is not UTF-8 text");
  if (nbd_target_parse (params, &parsed, FAILURE_INTO (why)) == -1)
    return failure_set (failure, "target \"%.200s\": %s", params, why);
  if (nbd_target_format (&parsed, target->uri, sizeof target->uri) == -1)
    target->uri[0] = '\0';
  return 0;
}

void
disk_target_begin (struct disk_target *target)
{
  target->state = HANDSHAKE_TARGET_OPENING;
}

void
disk_target_order (const struct disk_facts *facts,
                   const struct settings *settings, struct message *message)
{
  *message = (struct message) {
    .type = MESSAGE_OPEN,
    .open.options = {
      .read_only = !facts->config.writable,
      .connect_timeout = settings->connect_timeout,
      .reconnect_limit = settings->reconnect_limit,
      .slow_after = settings->slow_warning,
      .structured_replies = settings->structured_replies,
    },
    .open.connections = settings->connections,
    .open.removable = disk_facts_removable (facts),
  };
  if (!disk_facts_empty (facts))
    snprintf (message->open.target, sizeof message->open.target, "%s",
              facts->config.params);
}

/* It has none, or the one it had went while no daemon ran and the next is
 * being opened.
 */
static bool
waits_for_medium (const struct disk_facts *facts,
                  const struct nbd_client_export *export)
{
  return disk_facts_removable (facts) && export->size == 0;
}

bool
disk_target_durable (const struct disk_facts *facts,
                     const struct disk_worker *worker,
                     const struct tune *tune)
{
  const struct message_status *status = &worker->link.status;

  return tune->write_cache == TUNE_CACHE_ON || !facts->config.writable ||
         !status->has_export || status->export.flush || status->export.fua;
}

/* Can the open export be served like this? */
static int
check (const struct disk_target *target, const struct disk_facts *facts,
       const struct disk_worker *worker, const struct tune *tune,
       struct failure *failure)
{
  const struct nbd_client_export *export = &worker->link.status.export;

  if (facts->config.writable && export->read_only)
    return failure_set (failure, "the export %.300s is read-only, but the disk "
                        "is to be writable (mode w)", target->uri);
  if (waits_for_medium (facts, export))
    return 0;
  if (disk_worker_size (worker, tune) == 0)
    return failure_set (failure, "the export %.300s has %llu bytes, less than "
                        "one sector of sector-size = %u", target->uri,
                        (unsigned long long) export->size, tune->sector_size);
  if (!disk_target_durable (facts, worker, tune))
    return failure_set (failure, "the export %.300s cannot be served with "
                        "write-cache = off: it offers neither flush nor FUA",
                        target->uri);
  return 0;
}

static void
opened (struct disk_target *target, const struct disk_facts *facts,
        const struct disk_worker *worker, const struct tune *tune)
{
  const uint64_t size = worker->link.status.export.real_size;
  const uint64_t rest = size - disk_worker_size (worker, tune);

  if (rest > 0)
    log_warning (facts->name, "the export's size, %llu bytes, is rounded down "
                 "by %llu bytes to whole blocks", (unsigned long long) size,
                 (unsigned long long) rest);
  target->state = HANDSHAKE_TARGET_OPEN;
  target->retry_after = DISK_RETRY;
  target->failure[0] = '\0';
}

/* An attempt went wrong; the worker goes on trying. */
static int
not_yet_open (struct disk_target *target, const struct disk_facts *facts,
              const char *reason, struct failure *failure)
{
  if (disk_facts_unclaimed (facts))
    return failure_set (failure, "%.300s: %.200s", target->uri, reason);
  if (strcmp (target->failure, reason) == 0)
    return 0;
  log_warning (facts->name, "cannot open %.300s yet: %s", target->uri, reason);
  snprintf (target->failure, sizeof target->failure, "%s", reason);
  return 0;
}

int
disk_target_hear (struct disk_target *target, const struct disk_facts *facts,
                  const struct disk_worker *worker, const struct tune *tune,
                  struct failure *failure)
{
  const struct message_status *status = &worker->link.status;

  /* One that is ending speaks of a target that was another's. */
  if (target->state != HANDSHAKE_TARGET_OPENING ||
      !worker_link_settled (&worker->link) || worker->link.quitting)
    return 0;
  if (status->target == HANDSHAKE_TARGET_FAILED)
    return failure_set (failure, "target \"%.200s\": %.250s",
                        facts->config.params, status->reason);
  if (status->target == HANDSHAKE_TARGET_OPEN && status->has_export) {
    if (check (target, facts, worker, tune, failure) == -1)
      return -1;
    opened (target, facts, worker, tune);
    return 0;
  }
  return status->attempts == 0
         ? 0 : not_yet_open (target, facts, status->reason, failure);
}

void
disk_target_fail (struct disk_target *target, const struct disk_facts *facts,
                  const char *why)
{
  target->state = HANDSHAKE_TARGET_FAILED;
  if (strcmp (target->failure, why) != 0)
    log_error (facts->name, "%s", why);
  snprintf (target->failure, sizeof target->failure, "%s", why);
}

double
disk_target_delay (struct disk_target *target)
{
  const double seconds = target->retry_after;

  target->retry_after = seconds * 2 < DISK_RETRY_MAX ? seconds * 2
                                                     : DISK_RETRY_MAX;
  return seconds;
}

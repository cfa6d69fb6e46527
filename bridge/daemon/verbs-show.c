/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The verbs that only look, and log-level.
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "disk-show.h"
#include "disk-tune.h"
#include "bridge/shared/message-export.h"
#include "bridge/shared/message-text.h"
#include "bridge/shared/message-tune.h"
#include "verbs-list.h"

#define LIST_BYTES (MESSAGE_MAX / 2) /* of JSON in one page of a list */
#define LIST_DISKS 64u               /* in one page */

static const char *const states[] = {
  "unknown", "initialising", "init-wait", "initialised", "connected",
  "closing", "closed",
};

static const char *
state_name (int state)
{
  return state >= 0 && state < (int) (sizeof states / sizeof states[0])
         ? states[state] : "invalid";
}

/* Text of the toolstack's, which may be anything. */
static json_t *
text (const char *anything)
{
  char printable[STORE_VALUE_MAX + 1];

  message_copy_text (printable, anything, sizeof printable);
  return json_string (printable);
}

static const struct nbd_client_export *
export_of (const struct disk *disk)
{
  return disk->link.has_status && disk->link.status.has_export
         ? &disk->link.status.export : NULL;
}

static json_t *
summary (const struct disk *disk)
{
  const struct nbd_client_export *export = export_of (disk);
  const char *reason;
  const char *server = disk_show_server (disk, &reason);
  json_t *o = json_pack ("{s:s, s:I, s:s, s:s, s:b}",
                         "device", disk->name,
                         "domid", (json_int_t) disk->id.domid,
                         "state", state_name (disk->state.own),
                         "server", server,
                         "writable", disk->config.writable);

  json_object_set_new (o, "vdev", text (disk->config.vdev));
  json_object_set_new (o, "reason", text (reason));
  json_object_set_new (o, "target", text (disk->config.params));
  json_object_set_new (o, "size",
                       export ? json_integer (export->size) : json_null ());
  return o;
}

/* An order of devices that does not change. */
static int
compare (const struct device_id *a, const struct device_id *b)
{
  if (a->domid != b->domid)
    return a->domid < b->domid ? -1 : 1;
  if (a->devid != b->devid)
    return a->devid < b->devid ? -1 : 1;
  return (int) a->kind - (int) b->kind;
}

/* The first disk behind `after`, or of all if that is NULL. */
static const struct disk *
next_disk (const struct daemon *daemon, const struct device_id *after)
{
  const struct disk *disk, *next = NULL;

  for (disk = daemon->disks; disk; disk = disk->next)
    if (disk->ours && !disk->leaving &&
        (after == NULL || compare (&disk->id, after) > 0) &&
        (next == NULL || compare (&disk->id, &next->id) < 0))
      next = disk;
  return next;
}

bool
verb_list (struct verb_call *call, struct disk *unused)
{
  char name[ASK_DEVICE_MAX];
  struct device_id after;
  const struct disk *disk;
  json_t *page;
  size_t bytes = 0;
  unsigned n = 0;

  (void) unused;
  if (ask_text (call->question.object, "after", name, sizeof name) == -1 ||
      (name[0] && device_id_parse (name, &after) == -1))
    return verbs_answer (call, ASK_USAGE, "list: after: it must be "
                         "KIND/DOMID/DEVID");
  page = json_array ();
  disk = next_disk (call->daemon, name[0] ? &after : NULL);
  while (disk && n < LIST_DISKS && bytes < LIST_BYTES) {
    json_t *o = summary (disk);

    bytes += json_dumpb (o, NULL, 0, JSON_COMPACT);
    json_array_append_new (page, o);
    n++;
    disk = next_disk (call->daemon, &disk->id);
  }
  call->answer.result = json_pack ("{s:o, s:b}", "disks", page,
                                   "more", disk != NULL);
  return true;
}

static json_t *
describe_frontend (const struct disk *disk)
{
  return json_pack ("{s:s, s:b, s:b, s:b}",
                    "state", state_name (disk->state.frontend),
                    "gone", disk->state.frontend_gone,
                    "online", disk->state.online,
                    "claimed", disk->state.claimed ||
                               disk->config.script[0] == '\0');
}

bool
verb_show (struct verb_call *call, struct disk *disk)
{
  const struct nbd_client_export *export = export_of (disk);
  json_t *o = summary (disk);
  struct tune tune;

  json_object_set_new (o, "uri", text (disk->uri));
  json_object_set_new (o, "script", text (disk->config.script));
  json_object_set_new (o, "cdrom", json_boolean (disk->config.cdrom));
  json_object_set_new (o, "removable", json_boolean (disk->config.removable));
  json_object_set_new (o, "discard", json_boolean (disk->config.discard));
  json_object_set_new (o, "frontend", describe_frontend (disk));
  json_object_set_new (o, "backend-path", text (disk->paths.backend));
  json_object_set_new (o, "frontend-path", text (disk->paths.frontend));
  json_object_set_new (o, "error", text (disk->failure[0] ? disk->failure
                                         : disk->broken_off));
  json_object_set_new (o, "worker", json_integer (disk->link.pid));
  json_object_set_new (o, "connections",
                       json_integer (disk->link.has_status
                                     ? disk->link.status.connections : 0));
  json_object_set_new (o, "export", export ? message_pack_export (export)
                                           : json_null ());
  disk_tune (disk, &tune);
  json_object_set_new (o, "stop", verbs_describe_stop (disk));
  json_object_set_new (o, "options", message_pack_tune (&tune));
  call->answer.result = o;
  return true;
}

/* Workers of a version that does not know the message keep their level. */
static void
tell_level (struct disk *disk, enum log_level level)
{
  struct message message = { .type = MESSAGE_LOG_LEVEL,
                             .log_level.level = level };

  if (disk->ours && !disk->leaving &&
      link_understands (&disk->link, MESSAGE_LOG_LEVEL))
    link_send (&disk->link, &message);
}

bool
verb_log_level (struct verb_call *call, struct disk *unused)
{
  struct daemon *daemon = call->daemon;
  char name[16];
  enum log_level level;
  struct disk *disk;

  (void) unused;
  if (ask_text (call->question.object, "level", name, sizeof name) == -1 ||
      (name[0] && log_level_parse (name, &level) == -1))
    return verbs_answer (call, ASK_REFUSED, "level = %s: it must be error, "
                         "warning, info or debug", name[0] ? name : "?");
  if (name[0]) {
    log_set_level (level);
    daemon->program.level = level; /* of workers to come */
    for (disk = daemon->disks; disk; disk = disk->next)
      tell_level (disk, level);
    log_info (NULL, "the log level is %s now", name);
  }
  call->answer.result =
    json_pack ("{s:s}", "level", log_level_name (daemon->program.level));
  return true;
}

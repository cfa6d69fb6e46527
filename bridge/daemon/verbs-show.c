/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The verbs that only look, and log-level.
 */

#include <config.h>

#include "disk-verdict.h"
#include "bridge/shared/message-export.h"
#include "bridge/shared/message-text.h"
#include "bridge/shared/message-tune.h"
#include "verbs-show.h"
#include "verbs-tune.h"

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
  return disk->worker.link.has_status && disk->worker.link.status.has_export
         ? &disk->worker.link.status.export : NULL;
}

static json_t *
summary (const struct disk *disk)
{
  const struct nbd_client_export *export = export_of (disk);
  const char *reason;
  const char *server = disk_shown_server (&disk->facts, &disk->target,
                                          &disk->worker, &reason);
  json_t *o = json_pack ("{s:s, s:I, s:s, s:s, s:b}",
                         "device", disk->facts.name,
                         "domid", (json_int_t) disk->facts.id.domid,
                         "state", state_name (disk->facts.state.own),
                         "server", server,
                         "writable", disk->facts.config.writable);

  json_object_set_new (o, "vdev", text (disk->facts.config.vdev));
  json_object_set_new (o, "reason", text (reason));
  json_object_set_new (o, "target", text (disk->facts.config.params));
  json_object_set_new (o, "size",
                       export ? json_integer (export->size) : json_null ());
  return o;
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
    return verb_answer (call, ASK_USAGE, "list: after: it must be "
                         "KIND/DOMID/DEVID");
  page = json_array ();
  disk = disks_next (call->disks, name[0] ? &after : NULL);
  while (disk && n < LIST_DISKS && bytes < LIST_BYTES) {
    json_t *o = summary (disk);

    bytes += json_dumpb (o, NULL, 0, JSON_COMPACT);
    json_array_append_new (page, o);
    n++;
    disk = disks_next (call->disks, &disk->facts.id);
  }
  call->answer.result = json_pack ("{s:o, s:b}", "disks", page,
                                   "more", disk != NULL);
  return true;
}

static json_t *
describe_frontend (const struct disk *disk)
{
  return json_pack ("{s:s, s:b, s:b, s:b}",
                    "state", state_name (disk->facts.state.frontend),
                    "gone", disk->facts.state.frontend_gone,
                    "online", disk->facts.state.online,
                    "claimed", disk->facts.state.claimed ||
                               disk->facts.config.script[0] == '\0');
}

bool
verb_show (struct verb_call *call, struct disk *disk)
{
  const struct nbd_client_export *export = export_of (disk);
  const struct device_config *config = &disk->facts.config;
  const struct worker_link *link = &disk->worker.link;
  const char *failure = disk_failure (disk);
  json_t *o = summary (disk);
  struct tune tune;

  json_object_set_new (o, "uri", text (disk->target.uri));
  json_object_set_new (o, "script", text (config->script));
  json_object_set_new (o, "cdrom", json_boolean (config->cdrom));
  json_object_set_new (o, "removable", json_boolean (config->removable));
  json_object_set_new (o, "discard", json_boolean (config->discard));
  json_object_set_new (o, "frontend", describe_frontend (disk));
  json_object_set_new (o, "backend-path", text (disk->facts.paths.backend));
  json_object_set_new (o, "frontend-path", text (disk->facts.paths.frontend));
  json_object_set_new (o, "error", text (failure[0] ? failure
                                         : disk->guest.broken_off));
  json_object_set_new (o, "worker", json_integer (link->pid));
  json_object_set_new (o, "connections",
                       json_integer (link->has_status
                                     ? link->status.connections : 0));
  json_object_set_new (o, "export", export ? message_pack_export (export)
                                           : json_null ());
  disk_tune (disk, &tune);
  json_object_set_new (o, "stop", verbs_describe_stop (disk));
  json_object_set_new (o, "options", message_pack_tune (&tune));
  call->answer.result = o;
  return true;
}

bool
verb_log_level (struct verb_call *call, struct disk *unused)
{
  const struct spawn_program *program = &call->disks->context.program;
  char name[16];
  enum log_level level;

  (void) unused;
  if (ask_text (call->question.object, "level", name, sizeof name) == -1 ||
      (name[0] && log_level_parse (name, &level) == -1))
    return verb_answer (call, ASK_REFUSED, "level = %s: it must be error, "
                         "warning, info or debug", name[0] ? name : "?");
  if (name[0]) {
    log_set_level (level);
    disks_log_level (call->disks, level);
    log_info (NULL, "the log level is %s now", name);
  }
  call->answer.result =
    json_pack ("{s:s}", "level", log_level_name (program->level));
  return true;
}

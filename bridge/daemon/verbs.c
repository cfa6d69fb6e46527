/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"
#include "verbs-list.h"
#include "xenbus/number.h"

static const struct verb verbs[] = {
  { "attach",    false, VERBS_WORKER, verb_attach, verb_attach_poll,
    verb_attach_late },
  { "detach",    true,  VERBS_WORKER, verb_detach, verb_detach_poll,
    verb_detach_late },
  { "drain",     true,  VERBS_WORKER, verb_drain,  verb_drain_poll, NULL },
  { "flush",     true,  VERBS_WORKER, verb_flush,  verb_flush_poll, NULL },
  { "limit",     true,  VERBS_WORKER, verb_limit,  verb_limit_poll, NULL },
  { "list",      false, VERBS_NOW, verb_list,      NULL, NULL },
  { "log-level", false, VERBS_NOW, verb_log_level, NULL, NULL },
  { "policy",    true,  VERBS_WORKER, verb_policy, verb_policy_poll, NULL },
  { "resume",    true,  VERBS_WORKER, verb_resume, verb_stop_poll, NULL },
  { "resize",    true,  VERBS_WORKER, verb_resize, verb_resize_poll, NULL },
  { "show",      true,  VERBS_NOW, verb_show,      NULL, NULL },
  { "stats",     true,  VERBS_WORKER, verb_stats,  verb_stats_poll, NULL },
  { "stop",      true,  VERBS_WORKER, verb_stop,   verb_stop_poll, NULL },
};

#define NVERBS (sizeof verbs / sizeof verbs[0])

bool
verbs_answer (struct verb_call *call, enum ask_code code, const char *format,
              ...)
{
  va_list args;

  va_start (args, format);
  vsnprintf (call->answer.text, sizeof call->answer.text, format, args);
  va_end (args);
  call->answer.code = code;
  return true;
}

/* "DOMID/VDEV", such as "3/xvda".  Returns NULL if there is no such disk. */
static struct disk *
find_by_vdev (struct daemon *daemon, const char *name)
{
  const char *slash = strchr (name, '/');
  char number[16];
  struct disk *disk;
  uint64_t domid;

  if (slash == NULL || (size_t) (slash - name) >= sizeof number ||
      slash[1] == '\0')
    return NULL;
  memcpy (number, name, slash - name);
  number[slash - name] = '\0';
  if (number_parse (number, UINT32_MAX, &domid) == -1)
    return NULL;
  for (disk = daemon->disks; disk; disk = disk->next)
    if (!disk->leaving && disk->ours && disk->id.domid == domid &&
        strcmp (disk->config.vdev, slash + 1) == 0)
      return disk;
  return NULL;
}

static struct disk *
find_disk (struct daemon *daemon, const char *name)
{
  struct device_id id;
  struct disk *disk;

  if (device_id_parse (name, &id) == -1)
    return find_by_vdev (daemon, name);
  disk = scan_find (daemon, &id);
  return disk && disk->ours ? disk : NULL;
}

static const struct verb *
find_verb (const char *name)
{
  size_t i;

  for (i = 0; i < NVERBS; i++)
    if (strcmp (name, verbs[i].name) == 0)
      return &verbs[i];
  return NULL;
}

static bool
unknown_verb (struct verb_call *call)
{
  char names[512] = "";
  size_t i, n = 0;

  for (i = 0; i < NVERBS && n < sizeof names; i++)
    n += snprintf (names + n, sizeof names - n, "%s%s", i ? ", " : "",
                   verbs[i].name);
  return verbs_answer (call, ASK_USAGE, "%s: there is no such verb; there "
                       "are %s", call->question.verb, names);
}

bool
verbs_begin (struct verb_call *call)
{
  const char *device = call->question.device;
  struct disk *disk = NULL;

  call->answer = (struct ask_answer) { .serial = call->question.serial };
  call->mark = call->step = 0;
  call->verb = find_verb (call->question.verb);
  if (call->verb == NULL)
    return unknown_verb (call);
  call->patience = call->verb->patience;
  if (call->verb->about_disk) {
    if (device[0] == '\0')
      return verbs_answer (call, ASK_USAGE, "%s: the question has to name a "
                           "disk", call->verb->name);
    disk = find_disk (call->daemon, device);
    if (disk == NULL)
      return verbs_answer (call, ASK_NO_DISK, "%s: there is no such disk of "
                           "ours; one is called KIND/DOMID/DEVID or "
                           "DOMID/VDEV", device);
    call->id = disk->id;
  }
  return call->verb->begin (call, disk);
}

bool
verbs_poll (struct verb_call *call, bool late)
{
  struct disk *disk = scan_find (call->daemon, &call->id);

  if (!late && disk && disk->marked)
    return false; /* facts have changed that were not looked at yet */
  if (call->verb->poll (call, disk))
    return true;
  if (!late)
    return false;
  if (call->verb->late)
    call->verb->late (call, disk);
  else
    verbs_answer (call, ASK_LATE, "%s: %s was not done in %g seconds",
                  call->question.device, call->verb->name, call->patience);
  return true;
}

void
verbs_end (struct verb_call *call)
{
  json_decref (call->question.object);
  json_decref (call->answer.result);
  call->question.object = call->answer.result = NULL;
}

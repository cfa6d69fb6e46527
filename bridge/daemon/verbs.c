/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "verbs.h"
#include "verbs-attach.h"
#include "verbs-show.h"
#include "verbs-stats.h"
#include "verbs-task.h"
#include "verbs-tune.h"
#include "xenbus/number.h"

static const struct verb verbs[] = {
  { "attach",    false, VERB_WORKER, verb_attach, verb_attach_poll,
    verb_attach_late },
  { "detach",    true,  VERB_WORKER, verb_detach, verb_detach_poll,
    verb_detach_late },
  { "drain",     true,  VERB_WORKER, verb_drain,  verb_drain_poll, NULL },
  { "flush",     true,  VERB_WORKER, verb_flush,  verb_flush_poll, NULL },
  { "limit",     true,  VERB_WORKER, verb_limit,  verb_limit_poll, NULL },
  { "list",      false, VERB_NOW, verb_list,      NULL, NULL },
  { "log-level", false, VERB_NOW, verb_log_level, NULL, NULL },
  { "policy",    true,  VERB_WORKER, verb_policy, verb_policy_poll, NULL },
  { "resume",    true,  VERB_WORKER, verb_resume, verb_stop_poll, NULL },
  { "resize",    true,  VERB_WORKER, verb_resize, verb_resize_poll, NULL },
  { "show",      true,  VERB_NOW, verb_show,      NULL, NULL },
  { "stats",     true,  VERB_WORKER, verb_stats,  verb_stats_poll, NULL },
  { "stop",      true,  VERB_WORKER, verb_stop,   verb_stop_poll, NULL },
};

#define NVERBS (sizeof verbs / sizeof verbs[0])

/* "DOMID/VDEV", such as "3/xvda".  Returns NULL if there is no such disk. */
static struct disk *
find_by_vdev (const struct disks *disks, const char *name)
{
  const char *slash = strchr (name, '/');
  char number[16];
  uint64_t domid;

  if (slash == NULL || (size_t) (slash - name) >= sizeof number ||
      slash[1] == '\0')
    return NULL;
  memcpy (number, name, slash - name);
  number[slash - name] = '\0';
  if (number_parse (number, UINT32_MAX, &domid) == -1)
    return NULL;
  return disks_find_vdev (disks, domid, slash + 1);
}

static struct disk *
find_disk (const struct disks *disks, const char *name)
{
  struct device_id id;
  struct disk *disk;

  if (device_id_parse (name, &id) == -1)
    return find_by_vdev (disks, name);
  disk = disks_find (disks, &id);
  return disk && disk->phase == DISK_OURS ? disk : NULL;
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
  return verb_answer (call, ASK_USAGE, "%s: there is no such verb; there "
                       "are %s", call->question.verb, names);
}

bool
verbs_begin (struct verb_call *call)
{
  const char *device = call->question.device;
  struct disk *disk = NULL;

  call->answer = (struct ask_answer) { .serial = call->question.serial };
  call->mark = 0;
  call->verb = find_verb (call->question.verb);
  if (call->verb == NULL)
    return unknown_verb (call);
  call->patience = call->verb->patience;
  if (call->verb->about_disk) {
    if (device[0] == '\0')
      return verb_answer (call, ASK_USAGE, "%s: the question has to name a "
                           "disk", call->verb->name);
    disk = find_disk (call->disks, device);
    if (disk == NULL)
      return verb_answer (call, ASK_NO_DISK, "%s: there is no such disk of "
                           "ours; one is called KIND/DOMID/DEVID or "
                           "DOMID/VDEV", device);
    call->id = disk->facts.id;
  }
  return call->verb->begin (call, disk);
}

bool
verbs_poll (struct verb_call *call, bool late)
{
  struct disk *disk = disks_find (call->disks, &call->id);

  if (!late && disk && disk->marked)
    return false; /* facts have changed that were not looked at yet */
  if (call->verb->poll (call, disk))
    return true;
  if (!late)
    return false;
  if (call->verb->late)
    call->verb->late (call, disk);
  else
    verb_answer (call, ASK_LATE, "%s: %s was not done in %g seconds",
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

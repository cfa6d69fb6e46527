/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The verbs that change how a disk is served: limit, policy, stop, resume.
 */

#include <config.h>

#include <string.h>

#include "disk-tune.h"
#include "verbs-tune.h"

static bool
is_policy (enum tune_option option)
{
  return option == TUNE_WRITE_CACHE || option == TUNE_DETECT_ZEROES ||
         option == TUNE_ON_READ_ERROR || option == TUNE_ON_WRITE_ERROR;
}

static bool
is_shown_limit (enum tune_option option)
{
  return option == TUNE_LIMIT_GROUP || tune_is_limit (option);
}

/* The options of this verb, by name. */
static json_t *
describe (const struct tune *tune, bool (*of_verb) (enum tune_option option))
{
  json_t *object = json_object ();
  char text[TUNE_TEXT_MAX];
  unsigned i;

  for (i = 0; i < TUNE_OPTIONS; i++) {
    if (!of_verb (i))
      continue;
    tune_get (tune, i, text);
    json_object_set_new (object, tune_name (i), json_string (text));
  }
  return object;
}

static bool
no_such_option (struct verb_call *call, const char *name,
                bool (*of_verb) (enum tune_option option))
{
  char names[512] = "";
  unsigned i;

  for (i = 0; i < TUNE_OPTIONS; i++) {
    if (!of_verb (i))
      continue;
    strcat (names, names[0] ? ", " : "");
    strcat (names, tune_name (i));
  }
  return verb_answer (call, ASK_REFUSED, "%s: %.64s: no such option; there "
                       "are %s", call->question.device, name, names);
}

/* Change `tune` as the question's member "set" says: an object of names and
 * texts.  Returns false if the answer, a refusal, is there.
 */
static bool
set_options (struct verb_call *call, struct tune *tune,
             bool (*of_verb) (enum tune_option option))
{
  json_t *set = json_object_get (call->question.object, "set"), *value;
  char error[TUNE_ERROR_MAX];
  const char *name;

  if (set && !json_is_object (set))
    return !verb_answer (call, ASK_USAGE, "%s: set: it must be an object",
                          call->verb->name);
  json_object_foreach (set, name, value) {
    const enum tune_option option = tune_find (name);

    if (option == TUNE_OPTIONS || !of_verb (option))
      return !no_such_option (call, name, of_verb);
    if (!json_is_string (value))
      return !verb_answer (call, ASK_USAGE, "%s: %s: it must be text",
                            call->verb->name, name);
    if (tune_set (tune, option, json_string_value (value),
                  FAILURE_INTO (error)) == -1)
      return !verb_answer (call, ASK_REFUSED, "%s: %s",
                            call->question.device, error);
  }
  return true;
}

static bool
refused (struct verb_call *call, const char *error)
{
  return verb_answer (call, ASK_REFUSED, "%s: %s", call->question.device,
                       error);
}

static bool
gone (struct verb_call *call)
{
  return refused (call, "the disk was removed");
}

static bool
settled (const struct disk *disk)
{
  const struct worker_link *link = &disk->worker.link;

  return !link->has_status || worker_link_settled (link);
}

/* Work out what the options are to be; *same says that they are so already.
 * Returns false if the answer, a refusal, is there.
 */
static bool
choose (struct verb_call *call, const struct disk *disk,
        bool (*of_verb) (enum tune_option option), struct tune *tune,
        bool *same)
{
  struct tune before;

  disk_tune (disk, tune);
  before = *tune;
  if (!set_options (call, tune, of_verb))
    return false;
  *same = memcmp (tune, &before, sizeof before) == 0;
  return true;
}

static void
log_changed (const struct disk *disk)
{
  log_info (disk->facts.name, "the options of the disk were changed");
}

static bool
show (struct verb_call *call, const struct disk *disk,
      bool (*of_verb) (enum tune_option option))
{
  struct tune tune;

  if (disk == NULL)
    return gone (call);
  if (!settled (disk))
    return false;
  disk_tune (disk, &tune);
  call->answer.result = describe (&tune, of_verb);
  return true;
}

bool
verb_limit (struct verb_call *call, struct disk *disk)
{
  char why[DEVICE_ERROR_MAX];
  struct tune tune;
  bool same;

  if (!choose (call, disk, tune_is_limit, &tune, &same))
    return true;
  if (!same && disks_limit (call->disks, disk, &tune, FAILURE_INTO (why)) == -1)
    return refused (call, why);
  if (!same)
    log_changed (disk);
  return verb_limit_poll (call, disk);
}

bool
verb_limit_poll (struct verb_call *call, struct disk *disk)
{
  return show (call, disk, is_shown_limit);
}

bool
verb_policy (struct verb_call *call, struct disk *disk)
{
  char why[DEVICE_ERROR_MAX];
  struct tune tune;
  bool same;

  if (!choose (call, disk, is_policy, &tune, &same))
    return true;
  if (!same && disk_tune_change (disk, &tune, FAILURE_INTO (why)) == -1)
    return refused (call, why);
  if (!same)
    log_changed (disk);
  return verb_policy_poll (call, disk);
}

bool
verb_policy_poll (struct verb_call *call, struct disk *disk)
{
  return show (call, disk, is_policy);
}

bool
verb_stop (struct verb_call *call, struct disk *disk)
{
  char why[DEVICE_ERROR_MAX];

  return disk_stop (disk, FAILURE_INTO (why)) == -1
         ? refused (call, why) : verb_stop_poll (call, disk);
}

bool
verb_resume (struct verb_call *call, struct disk *disk)
{
  char why[DEVICE_ERROR_MAX];

  return disk_resume (disk, FAILURE_INTO (why)) == -1
         ? refused (call, why) : verb_stop_poll (call, disk);
}

bool
verb_stop_poll (struct verb_call *call, struct disk *disk)
{
  if (disk == NULL)
    return gone (call);
  if (!settled (disk))
    return false;
  call->answer.result = verbs_describe_stop (disk);
  return true;
}

json_t *
verbs_describe_stop (const struct disk *disk)
{
  static const char *const states[MESSAGE_IO_STATES] = {
    "ok", "failed", "nospace",
  };
  const struct message_status *status = &disk->worker.link.status;
  const bool stopped = disk->worker.link.has_status && status->stopped[0];

  return json_pack ("{s:b, s:s, s:s}", "stopped", stopped,
                    "reason", stopped ? status->stopped : "",
                    "io-status", states[stopped ? status->io_status : 0]);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl: flush, drain, resize.
 */

#include <config.h>

#include "answer.h"
#include "ask.h"
#include "task.h"

/* What the worker carries out: time has to be given it. */
static int
task (struct tool *tool, const char *verb, const char *disk)
{
  json_t *question = nbdctl_question (verb, disk);

  if (tool->timeout > 0)
    json_object_set_new (question, "timeout", json_real (tool->timeout));
  return nbdctl_ask_and_show (tool, question, NBDCTL_PATIENCE + tool->timeout);
}

int
nbdctl_flush (struct tool *tool, char **args)
{
  return task (tool, "flush", args[0]);
}

int
nbdctl_drain (struct tool *tool, char **args)
{
  return task (tool, "drain", args[0]);
}

int
nbdctl_resize (struct tool *tool, char **args)
{
  return task (tool, "resize", args[0]);
}

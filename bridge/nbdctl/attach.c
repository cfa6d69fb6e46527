/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl: attach, detach.
 */

#include <config.h>

#include <stdio.h>

#include "answer.h"
#include "ask.h"
#include "attach.h"
#include "xenbus/number.h"

int
nbdctl_attach (struct tool *tool, char **args)
{
  json_t *question = nbdctl_question ("attach", NULL);
  uint64_t domid;

  if (number_parse (args[0], 0x7fef, &domid) == -1) {
    fprintf (stderr, "attach: %s is no domain; it must be a number\n", args[0]);
    json_decref (question);
    return ASK_USAGE;
  }
  json_object_set_new (question, "domid", json_integer ((json_int_t) domid));
  json_object_set_new (question, "vdev", json_string (args[1]));
  json_object_set_new (question, "target", json_string (args[2]));
  json_object_set_new (question, "read-only", json_boolean (tool->read_only));
  if (tool->timeout > 0)
    json_object_set_new (question, "timeout", json_real (tool->timeout));
  return nbdctl_ask_and_show (tool, question, NBDCTL_PATIENCE + tool->timeout);
}

int
nbdctl_detach (struct tool *tool, char **args)
{
  json_t *question = nbdctl_question ("detach", args[0]);

  json_object_set_new (question, "force", json_boolean (tool->force));
  if (tool->timeout > 0)
    json_object_set_new (question, "timeout", json_real (tool->timeout));
  return nbdctl_ask_and_show (tool, question, NBDCTL_PATIENCE + tool->timeout);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl: limit, policy, stop, resume.
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "ask.h"
#include "tune.h"

/* NAME=VALUE, NAME=VALUE, ...: the member "set" of the question.  Returns -1
 * after saying so if one is not of that form.
 */
static int
add_set (json_t *question, char **args)
{
  json_t *set = json_object ();

  json_object_set_new (question, "set", set);
  for (; *args; args++) {
    char *equals = strchr (*args, '=');

    if (equals == NULL) {
      fprintf (stderr, "%s: it must be OPTION=VALUE\n", *args);
      return -1;
    }
    *equals = '\0';
    if (json_object_set_new (set, *args, json_string (equals + 1)) == -1) {
      fprintf (stderr, "%s: name and value must be UTF-8 text\n", *args);
      return -1;
    }
  }
  return 0;
}

static int
ask (struct tool *tool, const char *verb, char **args)
{
  json_t *question = nbdctl_question (verb, args[0]);

  if (add_set (question, args + 1) == -1) {
    json_decref (question);
    return ASK_USAGE;
  }
  return nbdctl_ask_and_show (tool, question, NBDCTL_PATIENCE);
}

int
nbdctl_limit (struct tool *tool, char **args)
{
  return ask (tool, "limit", args);
}

int
nbdctl_policy (struct tool *tool, char **args)
{
  return ask (tool, "policy", args);
}

int
nbdctl_stop (struct tool *tool, char **args)
{
  return ask (tool, "stop", args);
}

int
nbdctl_resume (struct tool *tool, char **args)
{
  return ask (tool, "resume", args);
}

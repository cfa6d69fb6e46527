/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl: ping, log-level.
 */

#include <config.h>

#include <unistd.h>

#include "answer.h"
#include "ask.h"
#include "daemon.h"

int
nbdctl_ping (struct tool *tool, char **args)
{
  int fd = nbdctl_reach (tool);

  (void) args;
  if (fd == -1)
    return ASK_NO_DAEMON;
  close (fd);
  return ASK_OK;
}

int
nbdctl_log_level (struct tool *tool, char **args)
{
  json_t *question = nbdctl_question ("log-level", NULL);

  if (args[0])
    json_object_set_new (question, "level", json_string (args[0]));
  return nbdctl_ask_and_show (tool, question, NBDCTL_PATIENCE);
}

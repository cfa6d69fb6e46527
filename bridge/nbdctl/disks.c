/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl: list, show.
 */

#include <config.h>

#include "answer.h"
#include "ask.h"
#include "disks.h"
#include "print.h"

int
nbdctl_list (struct tool *tool, char **args)
{
  json_t *disks;
  int code = nbdctl_ask_list (tool, &disks);

  (void) args;
  if (code != ASK_OK)
    return code;
  if (tool->json)
    nbdctl_print_json (disks);
  else
    nbdctl_print_list (disks);
  json_decref (disks);
  return code;
}

int
nbdctl_show (struct tool *tool, char **args)
{
  return nbdctl_ask_and_show (tool, nbdctl_question ("show", args[0]),
                              NBDCTL_PATIENCE);
}

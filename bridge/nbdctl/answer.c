/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Ask, and show the answer.
 */

#include <config.h>

#include "answer.h"
#include "ask.h"
#include "print.h"

int
nbdctl_ask_and_show (const struct tool *tool, json_t *question, double seconds)
{
  json_t *result;
  int code = nbdctl_ask (tool, question, seconds, &result);

  if (code != ASK_OK)
    return code;
  if (tool->json)
    nbdctl_print_json (result);
  else
    nbdctl_print_members (result);
  json_decref (result);
  return code;
}

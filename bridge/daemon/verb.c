/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "verb.h"

bool
verb_answer (struct verb_call *call, enum ask_code code, const char *format,
             ...)
{
  va_list args;

  va_start (args, format);
  vsnprintf (call->answer.text, sizeof call->answer.text, format, args);
  va_end (args);
  call->answer.code = code;
  return true;
}

bool
verb_seconds (struct verb_call *call, double seconds, double *to)
{
  const json_t *member = json_object_get (call->question.object, "timeout");

  *to = member ? json_number_value (member) : seconds;
  if (member == NULL || (json_is_number (member) && *to >= 0.1 &&
                         *to <= VERB_WAIT_MAX))
    return true;
  return !verb_answer (call, ASK_USAGE, "%s: timeout: it must be a number of "
                        "seconds from 0.1 to %g", call->verb->name,
                        VERB_WAIT_MAX);
}

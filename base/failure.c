/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "failure.h"

int
failure_set (struct failure *failure, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vsnprintf (failure->text, failure->size, format, args);
  va_end (args);
  return -1;
}

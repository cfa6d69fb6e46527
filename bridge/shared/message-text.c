/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <jansson.h>

#include "message-text.h"

bool
message_is_text (const char *text)
{
  json_t *string = json_string (text);

  json_decref (string);
  return string != NULL;
}

void
message_copy_text (char *to, const char *from, size_t size)
{
  size_t i;

  for (i = 0; from[i] && i < size - 1; i++)
    to[i] = from[i] >= ' ' && from[i] < 0x7f ? from[i] : '?';
  to[i] = '\0';
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>

#include "text.h"

void
text_copy (char *to, size_t size, const char *from)
{
  const size_t length = strnlen (from, size - 1);

  memcpy (to, from, length);
  to[length] = '\0';
}

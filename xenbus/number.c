/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stddef.h>

#include "number.h"

int
number_parse (const char *text, uint64_t max, uint64_t *value)
{
  uint64_t n = 0;

  if (text == NULL || *text == '\0')
    return -1;
  for (; *text; text++) {
    unsigned digit = (unsigned char) *text - '0';

    if (digit > 9 || n > (UINT64_MAX - digit) / 10)
      return -1;
    n = n * 10 + digit;
  }
  if (n > max)
    return -1;
  *value = n;
  return 0;
}

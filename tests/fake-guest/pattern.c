/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <string.h>

#include "guest.h"

static uint64_t
pattern_word (uint64_t sector, uint64_t pattern, unsigned i)
{
  uint64_t x = sector * UINT64_C (0x9e3779b97f4a7c15) +
               pattern * UINT64_C (0xbf58476d1ce4e5b9) + i;

  return pattern ? x ^ x >> 31 : 0;
}

void
pattern_fill (char *bytes, uint64_t sector, uint64_t pattern)
{
  unsigned i;

  for (i = 0; i < 64; i++) {
    uint64_t x = pattern_word (sector, pattern, i);

    memcpy (bytes + i * 8, &x, 8);
  }
}

bool
pattern_check (const char *bytes, uint64_t sector, uint64_t pattern)
{
  unsigned i;

  for (i = 0; i < 64; i++) {
    uint64_t x = pattern_word (sector, pattern, i);

    if (memcmp (bytes + i * 8, &x, 8) != 0)
      return false;
  }
  return true;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What all fuzz targets share: the entry point, the assertion, and the
 * reading of an input as a row of small numbers.
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Unlike assert, never compiled out. */
#define CHECK(condition) \
  do { \
    if (!(condition)) \
      fuzz_fail (__FILE__, __LINE__, #condition); \
  } while (0)

static inline _Noreturn void
fuzz_fail (const char *file, int line, const char *condition)
{
  fprintf (stderr, "%s:%d: broken: %s\n", file, line, condition);
  abort ();
}

/* What is left of the input.  Reading beyond its end gives zeros. */
struct input {
  const uint8_t *at, *end;
};

static inline unsigned
input_8 (struct input *input)
{
  return input->at < input->end ? *input->at++ : 0;
}

static inline unsigned
input_16 (struct input *input)
{
  unsigned low = input_8 (input);

  return low | input_8 (input) << 8;
}

static inline uint32_t
input_32 (struct input *input)
{
  uint32_t low = input_16 (input);

  return low | (uint32_t) input_16 (input) << 16;
}

#endif

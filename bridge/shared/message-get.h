/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Members of a JSON object that may be anything.  Each function returns 0, or
 * -1 on a missing member, a wrong type or a wrong range; *value is untouched
 * then.
 */

#ifndef BRIDGE_SHARED_MESSAGE_GET_H
#define BRIDGE_SHARED_MESSAGE_GET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/text.h"

/* At most `max`. */
static inline int
get_number (const json_t *object, const char *name, uint64_t max,
            uint64_t *value)
{
  const json_t *member = json_object_get (object, name);
  json_int_t n = json_integer_value (member);

  if (!json_is_integer (member) || n < 0 || (uint64_t) n > max)
    return -1;
  *value = n;
  return 0;
}

static inline int
get_unsigned (const json_t *object, const char *name, uint32_t max,
              uint32_t *value)
{
  uint64_t n;

  if (get_number (object, name, max, &n) == -1)
    return -1;
  *value = n;
  return 0;
}

static inline int
get_bool (const json_t *object, const char *name, bool *value)
{
  const json_t *member = json_object_get (object, name);

  if (!json_is_boolean (member))
    return -1;
  *value = json_is_true (member);
  return 0;
}

/* From 0 to 10^9. */
static inline int
get_seconds (const json_t *object, const char *name, double *value)
{
  const json_t *member = json_object_get (object, name);
  double n = json_number_value (member);

  if (!json_is_number (member) || !(n >= 0 && n <= 1e9))
    return -1;
  *value = n;
  return 0;
}

/* Text of less than `size` bytes. */
static inline int
get_text (const json_t *object, const char *name, char *value, size_t size)
{
  const json_t *member = json_object_get (object, name);

  if (!json_is_string (member) || json_string_length (member) >= size)
    return -1;
  text_copy (value, size, json_string_value (member));
  return 0;
}

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Members of JSON objects: see member.h.
 */

#include <config.h>

#include "member.h"

const char *
nbdctl_member (const json_t *object, const char *name)
{
  const char *text = json_string_value (json_object_get (object, name));

  return text ? text : "";
}

uint64_t
nbdctl_number (const json_t *object, const char *name)
{
  const json_int_t n = json_integer_value (json_object_get (object, name));

  return n > 0 ? n : 0;
}

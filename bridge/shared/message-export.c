/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include "message-export.h"
#include "message-get.h"

json_t *
message_pack_export (const struct nbd_client_export *e)
{
  return json_pack ("{s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:b, s:b, s:b}",
                    "size", (json_int_t) e->size,
                    "real-size", (json_int_t) e->real_size,
                    "minimum-block", (json_int_t) e->minimum_block,
                    "preferred-block", (json_int_t) e->preferred_block,
                    "maximum-block", (json_int_t) e->maximum_block,
                    "read-only", e->read_only, "flush", e->flush,
                    "fua", e->fua, "trim", e->trim, "zero", e->zero,
                    "multi-conn", e->multi_conn);
}

int
message_unpack_export (const json_t *o, struct nbd_client_export *e)
{
  if (get_number (o, "size", INT64_MAX, &e->size) == -1 ||
      get_number (o, "real-size", INT64_MAX, &e->real_size) == -1 ||
      get_unsigned (o, "minimum-block", UINT32_MAX, &e->minimum_block) == -1 ||
      get_unsigned (o, "preferred-block", UINT32_MAX,
                    &e->preferred_block) == -1 ||
      get_unsigned (o, "maximum-block", UINT32_MAX, &e->maximum_block) == -1 ||
      get_bool (o, "read-only", &e->read_only) == -1 ||
      get_bool (o, "flush", &e->flush) == -1 ||
      get_bool (o, "fua", &e->fua) == -1 ||
      get_bool (o, "trim", &e->trim) == -1 ||
      get_bool (o, "zero", &e->zero) == -1 ||
      get_bool (o, "multi-conn", &e->multi_conn) == -1)
    return -1;
  return 0;
}

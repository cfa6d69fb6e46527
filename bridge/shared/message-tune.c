/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include "message-tune.h"

json_t *
message_pack_tune (const struct tune *tune)
{
  json_t *object = json_object ();
  char text[TUNE_TEXT_MAX];
  unsigned i;

  for (i = 0; object && i < TUNE_OPTIONS; i++) {
    tune_get (tune, i, text);
    json_object_set_new (object, tune_name (i), json_string (text));
  }
  return object;
}

int
message_unpack_tune (const json_t *o, const char *name, struct tune *tune)
{
  const json_t *object = json_object_get (o, name);
  char error[TUNE_ERROR_MAX];
  unsigned i;

  tune_init (tune);
  if (object == NULL)
    return 0;
  if (!json_is_object (object))
    return -1;
  for (i = 0; i < TUNE_OPTIONS; i++) {
    const json_t *member = json_object_get (object, tune_name (i));

    if (member && (!json_is_string (member) ||
                   tune_set (tune, i, json_string_value (member),
                             FAILURE_INTO (error)) == -1))
      return -1;
  }
  return 1;
}

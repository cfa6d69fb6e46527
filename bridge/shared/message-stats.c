/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The statistics of one ring as JSON, in messages and for the operator.
 */

#include <config.h>

#include <jansson.h>

#include "message-stats.h"

/* Every number of JSON is signed. */
static json_t *
number (uint64_t n)
{
  return json_integer (n > INT64_MAX ? INT64_MAX : (json_int_t) n);
}

/* Without the zeroes at the end. */
static json_t *
pack_array (const uint64_t *values, unsigned n)
{
  json_t *array = json_array ();
  unsigned i;

  while (n > 0 && values[n - 1] == 0)
    n--;
  for (i = 0; i < n; i++)
    json_array_append_new (array, number (values[i]));
  return array;
}

static json_t *
pack_counts (const struct stats_counts *c)
{
  return json_pack ("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                    "taken", number (c->taken),
                    "answered", number (c->answered),
                    "errors", number (c->errors),
                    "sectors", number (c->sectors),
                    "merged", number (c->merged),
                    "microseconds", number (c->microseconds),
                    "latency", pack_array (c->latency, STATS_BUCKETS));
}

json_t *
message_pack_stats (const struct stats *s)
{
  json_t *o = json_pack ("{s:o, s:o, s:o, s:o, s:o}",
                         "in-flight", number (s->in_flight),
                         "most", number (s->most),
                         "full", number (s->full),
                         "full-microseconds", number (s->full_us),
                         "refused", pack_array (s->refused, STATS_REFUSALS));
  unsigned op;

  for (op = 0; o && op < STATS_OPS; op++)
    json_object_set_new (o, stats_op_name (op), pack_counts (&s->ops[op]));
  return o;
}

static int
get (const json_t *value, uint64_t *to)
{
  const json_int_t n = json_integer_value (value);

  if (!json_is_integer (value) || n < 0)
    return -1;
  *to = n;
  return 0;
}

static int
get_member (const json_t *o, const char *name, uint64_t *to)
{
  return get (json_object_get (o, name), to);
}

static int
get_array (const json_t *o, const char *name, uint64_t *values, unsigned max)
{
  const json_t *array = json_object_get (o, name);
  const size_t n = json_array_size (array);
  size_t i;

  if (!json_is_array (array) || n > max)
    return -1;
  for (i = 0; i < n; i++)
    if (get (json_array_get (array, i), &values[i]) == -1)
      return -1;
  return 0;
}

static int
unpack_counts (const json_t *o, struct stats_counts *c)
{
  if (get_member (o, "taken", &c->taken) == -1 ||
      get_member (o, "answered", &c->answered) == -1 ||
      get_member (o, "errors", &c->errors) == -1 ||
      get_member (o, "sectors", &c->sectors) == -1 ||
      get_member (o, "merged", &c->merged) == -1 ||
      get_member (o, "microseconds", &c->microseconds) == -1)
    return -1;
  return get_array (o, "latency", c->latency, STATS_BUCKETS);
}

int
message_unpack_stats (const json_t *o, struct stats *s)
{
  unsigned op;

  if (get_member (o, "in-flight", &s->in_flight) == -1 ||
      get_member (o, "most", &s->most) == -1 ||
      get_member (o, "full", &s->full) == -1 ||
      get_member (o, "full-microseconds", &s->full_us) == -1 ||
      get_array (o, "refused", s->refused, STATS_REFUSALS) == -1)
    return -1;
  for (op = 0; op < STATS_OPS; op++)
    if (unpack_counts (json_object_get (o, stats_op_name (op)),
                       &s->ops[op]) == -1)
      return -1;
  return 0;
}

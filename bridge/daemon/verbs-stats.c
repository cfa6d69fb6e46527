/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The verb stats: the worker is asked, and its counters are told.
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "bridge/shared/message-stats.h"
#include "verbs-stats.h"

bool
verb_stats (struct verb_call *call, struct disk *disk)
{
  if (disk->worker.link.fd == -1)
    return verb_answer (call, ASK_REFUSED, "%s: it has no worker now",
                         disk->facts.name);
  call->mark = worker_link_ask_stats (&disk->worker.link);
  if (call->mark == 0)
    return verb_answer (call, ASK_REFUSED, "%s: its worker cannot be asked "
                         "for statistics: %s", disk->facts.name,
                         errno == EOPNOTSUPP ? "it is of another version, or "
                         "has only just been found" : strerror (errno));
  return false;
}

/* Reasons by name, for people and programs. */
static json_t *
refused_by_reason (const struct stats *stats)
{
  json_t *o = json_object ();
  unsigned i;

  for (i = BLKIF_ACCEPTED + 1; i < BLKIF_REFUSALS; i++)
    json_object_set_new (o, blkif_refusal_name (i),
                         json_integer (stats->refused[i] & INT64_MAX));
  return o;
}

static json_t *
counters (const struct stats *stats)
{
  json_t *o = message_pack_stats (stats), *part;
  unsigned op;

  json_object_set_new (o, "refused", refused_by_reason (stats));
  for (op = 0; op < STATS_OPS; op++) {
    part = json_object_get (o, stats_op_name (op));
    json_object_set_new (part, "bytes",
                         json_integer (stats->ops[op].sectors * BLKIF_SECTOR
                                       & INT64_MAX));
  }
  return o;
}

bool
verb_stats_poll (struct verb_call *call, struct disk *disk)
{
  const struct worker_link_stats *stats = disk ? disk->worker.link.stats : NULL;
  struct stats sum = { .in_flight = 0 };
  json_t *rings;
  unsigned i;

  if (stats == NULL || stats->serial < call->mark)
    return verb_answer (call, ASK_REFUSED, "%s: its worker is gone",
                         call->question.device);
  if (stats->rings == 0 || stats->got < stats->rings)
    return false;
  rings = json_array ();
  for (i = 0; i < stats->rings; i++) {
    stats_sum (&sum, &stats->each[i]);
    json_array_append_new (rings, counters (&stats->each[i]));
  }
  call->answer.result =
    json_pack ("{s:s, s:I, s:I, s:o, s:o}", "device", disk->facts.name,
               "connects", (json_int_t) stats->connects,
               "server-errors", (json_int_t) stats->server_errors,
               "total", counters (&sum), "rings", rings);
  return true;
}

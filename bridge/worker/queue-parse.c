/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a queue does to know what a request says.
 */

#include <config.h>

#include "queue.h"
#include "volume.h"

void
queue_grow (struct request *request)
{
  if (request->grown)
    return;
  request->grown = true;
  request->queue->volume->grown++;
}

/* The guest's indirect segments, copied once (XSA-155); NULL if there are
 * none or they cannot be had.
 */
static const void *
fetch_table (struct request *request, const void *raw)
{
  struct queue *queue = request->queue;
  struct blkif_segment where;
  bool ok;

  if (!blkif_table (queue->ring.abi, raw, &queue->volume->bounds, &where))
    return NULL;
  grants_note (queue->grants, &where, 1, GRANTS_FROM_GUEST, request->table,
               &ok); /* nothing else is noted while requests are taken */
  grants_copy (queue->grants);
  return ok ? request->table : NULL;
}

enum blkif_refusal
queue_parse (struct request *request, const void *raw)
{
  struct queue *queue = request->queue;
  const void *table = fetch_table (request, raw);
  enum blkif_refusal refusal;

  refusal = blkif_parse (queue->ring.abi, raw, table, &queue->volume->bounds,
                         &request->io);
  if (refusal) {
    request->io.nsegments = 0;
    request->io.length = 0;
  }
  else if (request->io.nsegments > BLKIF_SEGMENTS_MAX)
    queue_grow (request);
  return refusal;
}

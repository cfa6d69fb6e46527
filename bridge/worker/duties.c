/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>

#include "duties.h"

/* A write of data has to be durable. */
static void
plan_durable (struct request *request, bool fua, unsigned flush)
{
  request->fua = fua;
  if (!fua)
    request->duties |= flush;
}

void
duties_plan (struct request *request, bool fua, bool write_through)
{
  const bool data = request->io.nsegments > 0;

  request->fua = false;
  request->duties = 0;
  switch (request->io.kind) {
  case BLKIF_READ:
  case BLKIF_DISCARD:
    request->duties = DUTIES_DATA;
    return;
  case BLKIF_WRITE:
    break;
  case BLKIF_FLUSH:
  case BLKIF_BARRIER:
    request->duties = DUTIES_FLUSH_BEFORE;
    break;
  }
  if (!data)
    return;
  request->duties |= DUTIES_DATA;
  if (request->io.kind == BLKIF_BARRIER)
    plan_durable (request, fua, DUTIES_FLUSH_AFTER);
  else if (write_through)
    plan_durable (request, fua, DUTIES_SHARED_FLUSH);
}

enum duty
duties_next (struct request *request)
{
  static const enum duty duties[] = {
    [DUTIES_FLUSH_BEFORE] = DUTY_FLUSH,
    [DUTIES_DATA] = DUTY_DATA,
    [DUTIES_SHARED_FLUSH] = DUTY_SHARED_FLUSH,
    [DUTIES_FLUSH_AFTER] = DUTY_FLUSH,
  };
  const unsigned first = request->duties & -request->duties;

  request->duties -= first;
  return duties[first]; /* DUTY_NONE, if there was none */
}

static bool
flush_came_too_late (const struct request *request)
{
  return request->command.op == NBD_CLIENT_FLUSH &&
         request->io.nsegments > 0 && !(request->duties & DUTIES_DATA) &&
         request->written != request->command.connection;
}

enum duties_verdict
duties_ended (struct request *request)
{
  const int error = request->command.error;

  if (error && request->members && error != ECANCELED)
    return DUTIES_SPLIT;
  if (request->command.op == NBD_CLIENT_WRITE)
    request->written = request->command.connection;
  if (error)
    return DUTIES_FAILED;
  return flush_came_too_late (request) ? DUTIES_AGAIN : DUTIES_DONE;
}

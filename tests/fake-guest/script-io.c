/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands that do I/O as a frontend should.
 */

#define _GNU_SOURCE

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../wait/stillness.h"
#include "script.h"

static const char *
status_name (const struct guest_request *request)
{
  if (!request->answered)
    return "none";
  switch (request->status) {
  case STATUS_OK: return "ok";
  case STATUS_ERROR: return "error";
  case STATUS_EOPNOTSUPP: return "eopnotsupp";
  default: return "nonsense";
  }
}

int
check_status (struct guest_request *request, const char *expect)
{
  const char *status = status_name (request);

  if (strcmp (expect, "any") == 0 ? request->answered
                                  : strcmp (expect, status) == 0)
    return 0;
  fprintf (stderr, "fake-guest: operation %u at sector %" PRIu64
           ": answer %s, not %s\n", request->wire.op, request->wire.sector,
           status, expect);
  return -1;
}

int
run_request (struct guest_request *request, const char *expect,
             double timeout)
{
  struct guest_disk *disk = request->queue->disk;
  struct stillness *still = stillness_new (timeout);

  queue_push (request->queue);
  while (request->waiting && !stillness_over (still))
    guest_poll (disk, 10);
  stillness_free (still);
  return check_status (request, expect);
}

/* What the answers of one command's requests must be. */
struct job {
  const char *expect;
  uint64_t pattern;
  bool verify;
  int failed;
};

static struct job *current;
static bool asynchronous;

static void
job_done (struct guest_request *request)
{
  if (current) {
    if (check_status (request, current->expect) == -1)
      current->failed = -1;
    if (request->expect_op == OP_READ && request->status == STATUS_OK &&
        !(current->verify ? request_verify (request, current->pattern)
                          : request_canaries (request)))
      current->failed = -1;
  }
  request_put (request);
}

static void
async_done (struct guest_request *request)
{
  check_status (request, "ok");
  request_put (request);
}

/* Send one request of up to `count` sectors; *count is what is in it. */
static int
send_part (struct guest_disk *disk, struct command *command, uint8_t op,
           uint64_t sector, unsigned *count, uint64_t pattern)
{
  unsigned skip = command_number (command, "skip", 0);
  unsigned fragment = command_number (command, "fragment", 8);
  unsigned queue = command_number (command, "queue", 0);
  unsigned segments = command_number (command, "segments",
                                      disk->how.segments);
  struct guest_request *request;
  unsigned most;

  if (queue >= disk->nqueues || skip > 7 || fragment == 0 || fragment > 8 ||
      segments > disk->how.segments)
    return -1;
  while ((request = request_get (&disk->queues[queue])) == NULL) {
    queue_push (&disk->queues[queue]);
    guest_poll (disk, 1000);
  }
  most = (8 - skip < fragment ? 8 - skip : fragment) +
         (segments - 1) * fragment;
  if (*count > most)
    *count = most;
  request_build (request, op, sector, *count, skip, fragment);
  request->done = asynchronous ? async_done : job_done;
  if (*count > 0)
    request_fill (request, pattern);
  request_submit (request);
  return 0;
}

static int
finish (struct guest_disk *disk, struct command *command, struct job *job)
{
  double timeout = command_seconds (command, "timeout", PATIENCE);
  unsigned i;

  for (i = 0; i < disk->nqueues; i++)
    queue_push (&disk->queues[i]);
  if (asynchronous)
    return 0;
  if (strcmp (job->expect, "none") == 0) {
    timeout = command_seconds (command, "timeout", 0.5);
    return guest_drain (disk, timeout) ? -1 : 0;
  }
  if (!guest_drain (disk, timeout)) {
    guest_problem (disk, "%u requests are not answered",
                   guest_inflight (disk));
    return -1;
  }
  return job->failed;
}

/* A single request without data, or a discard. */
static int
send_empty (struct guest_disk *disk, struct command *command, uint8_t op)
{
  unsigned queue = command_number (command, "queue", 0);
  struct guest_request *request;

  if (queue >= disk->nqueues)
    return -1;
  request = request_get (&disk->queues[queue]);
  if (request == NULL)
    return -1;
  request_build (request, op, command_number (command, "sector", 0), 0, 0, 8);
  request->wire.nr_sectors = command_number (command, "count", 0);
  request->wire.inner = op == OP_DISCARD
                        ? command_number (command, "secure", 0) : 0;
  request->done = asynchronous ? async_done : job_done;
  request_submit (request);
  return 0;
}

static int
send_all (struct guest_disk *disk, struct command *command, uint8_t op,
          uint64_t pattern)
{
  uint64_t sector = command_number (command, "sector", 0);
  uint64_t count = command_number (command, "count", 8);

  while (count > 0) {
    unsigned part = count < 1u << 20 ? count : 1u << 20;

    if (send_part (disk, command, op, sector, &part, pattern) == -1) {
      fprintf (stderr, "fake-guest: no such request\n");
      return -1;
    }
    sector += part;
    count -= part;
  }
  return 0;
}

static int
operation (const char *name)
{
  static const struct { const char *name; int op; } operations[] = {
    { "read", OP_READ }, { "verify", OP_READ }, { "write", OP_WRITE },
    { "barrier", OP_BARRIER }, { "flush", OP_FLUSH },
    { "discard", OP_DISCARD },
  };
  size_t i;

  for (i = 0; i < sizeof operations / sizeof operations[0]; i++)
    if (strcmp (operations[i].name, name) == 0)
      return operations[i].op;
  return -1;
}

bool
is_io (const char *name)
{
  return operation (name) != -1;
}

int
do_io (struct guest_disk *disk, const char *name, struct command *command)
{
  struct job job = {
    .expect = command_get (command, "expect", "ok"),
    .pattern = command_number (command, "pattern", 1),
    .verify = strcmp (name, "verify") == 0,
  };
  int op = operation (name), r;

  if (disk->nqueues == 0) {
    fprintf (stderr, "fake-guest: not connected\n");
    return -1;
  }
  asynchronous = command_number (command, "async", 0);
  current = asynchronous ? NULL : &job;
  if (op == OP_DISCARD ||
      ((op == OP_FLUSH || op == OP_BARRIER) &&
       command_number (command, "count", 0) == 0))
    r = send_empty (disk, command, op);
  else
    r = send_all (disk, command, op, job.pattern);
  if (r == 0)
    r = finish (disk, command, &job);
  current = NULL;
  return r;
}

int
do_drain (struct guest_disk *disk, struct command *command)
{
  if (guest_drain (disk, command_seconds (command, "timeout", PATIENCE)))
    return 0;
  guest_problem (disk, "%u requests are not answered", guest_inflight (disk));
  return -1;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Keep so many requests in flight for so long, and measure.
 */

#define _GNU_SOURCE

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define LOOK 20000000 /* ns between two looks whether a load may end */

/* Latencies: 16 steps in each power of two nanoseconds. */
#define STEPS   16u
#define BUCKETS (64u * STEPS)

struct run {
  struct guest_disk *disk;
  const struct load *load;
  uint64_t blocks, next, random;
  uint32_t *shadow;    /* pattern of each block; 0: not known */
  uint8_t *busy;
  uint32_t pattern;
  uint64_t started, finished, errors, reads, writes, flushes;
  uint64_t total, longest; /* ns */
  uint64_t histogram[BUCKETS];
  bool stop;
};

static uint64_t
random_number (struct run *run)
{
  run->random ^= run->random << 13;
  run->random ^= run->random >> 7;
  run->random ^= run->random << 17;
  return run->random;
}

static unsigned
bucket_of (uint64_t ns)
{
  unsigned power = 0;

  while (ns >> power >= 2 * STEPS)
    power++;
  return power * STEPS + (ns >> power);
}

static double
percentile (const struct run *run, double part)
{
  uint64_t wanted = run->finished * part, n = 0;
  unsigned i, power;

  for (i = 0; i < BUCKETS - 1; i++) {
    n += run->histogram[i];
    if (n > wanted)
      break;
  }
  power = i < 2 * STEPS ? 0 : i / STEPS - 1;
  return ((uint64_t) (i - power * STEPS) << power) / 1e3;
}

static void
finished (struct guest_request *request)
{
  struct run *run = request->queue->disk->load;
  uint64_t ns = guest_now () - request->sent, block = request->tag;

  run->finished++;
  run->total += ns;
  if (ns > run->longest)
    run->longest = ns;
  run->histogram[bucket_of (ns)]++;
  if (request->status != STATUS_OK)
    run->errors++;
  else if (run->shadow && request->expect_op == OP_WRITE)
    run->shadow[block] = request->wire.handle;
  else if (run->shadow && request->expect_op == OP_READ &&
           run->shadow[block])
    request_verify (request, run->shadow[block]);
  if (run->busy && request->expect_op != OP_FLUSH)
    run->busy[block] = 0;
  request_put (request);
}

static bool
pick_block (struct run *run, uint64_t *block)
{
  bool sequential = strncmp (run->load->mode, "rand", 4) != 0;
  unsigned tries;

  for (tries = 0; tries < 64; tries++) {
    *block = sequential ? run->next++ % run->blocks
                        : random_number (run) % run->blocks;
    if (run->busy == NULL || !run->busy[*block])
      return true;
  }
  return false;
}

static bool
is_write (struct run *run)
{
  const char *mode = run->load->mode;

  if (strcmp (mode, "randrw") == 0 || strcmp (mode, "rw") == 0)
    return random_number (run) & 1;
  return strstr (mode, "write") != NULL;
}

/* Returns false if nothing can be sent now. */
static bool
send_one (struct run *run, struct guest_queue *queue)
{
  struct guest_request *request = request_get (queue);
  bool write = is_write (run);

  if (request == NULL)
    return false;
  request->done = finished;
  request->tag = 0;
  run->started++;
  if (run->load->flush && run->started % run->load->flush == 0) {
    request_build (request, OP_FLUSH, 0, 0, 0, 8);
    run->flushes++;
    request_submit (request);
    return true;
  }
  if (!pick_block (run, &request->tag)) {
    run->started--;
    request_put (request);
    return false;
  }
  request_build (request, write ? OP_WRITE : OP_READ,
                 request->tag * run->load->block, run->load->block, 0, 8);
  *(write ? &run->writes : &run->reads) += 1;
  if (run->shadow) {
    run->busy[request->tag] = 1;
    /* The handle is not looked at by anyone, so it carries the pattern. */
    request->wire.handle = write ? 1 + run->pattern++ % 65535 : 0;
    request_fill (request, request->wire.handle);
  }
  request_submit (request);
  return true;
}

static void
fill_queues (struct run *run)
{
  const struct load *load = run->load;
  unsigned i;

  for (i = 0; i < run->disk->nqueues; i++) {
    struct guest_queue *queue = &run->disk->queues[i];
    uint32_t before = queue->prod;

    while (queue->inflight < load->depth && !run->stop) {
      if (load->requests && run->started >= load->requests) {
        run->stop = true;
        break;
      }
      if (!send_one (run, queue))
        break;
    }
    if (queue->prod != before)
      queue_push (queue);
  }
}

static void
report (const struct run *run, double seconds, FILE *out)
{
  const struct load *load = run->load;
  double iops = run->finished / seconds;

  fprintf (out, "{ \"mode\": \"%s\", \"block\": %u, \"depth\": %u, "
           "\"queues\": %u, \"seconds\": %.3f, \"requests\": %" PRIu64 ", "
           "\"errors\": %" PRIu64 ", \"iops\": %.0f, \"mib_per_s\": %.1f, "
           "\"latency_us\": { \"mean\": %.1f, \"p50\": %.1f, \"p99\": %.1f, "
           "\"p999\": %.1f, \"max\": %.1f } }\n",
           load->mode, load->block * 512, load->depth, run->disk->nqueues,
           seconds, run->finished, run->errors, iops,
           iops * load->block * 512 / (1 << 20),
           run->finished ? run->total / 1e3 / run->finished : 0.,
           percentile (run, .5), percentile (run, .99),
           percentile (run, .999), run->longest / 1e3);
}

static int
write_report (const struct run *run, double seconds)
{
  FILE *out;

  if (run->load->json == NULL) {
    report (run, seconds, stdout);
    return fflush (stdout);
  }
  out = fopen (run->load->json, "w");
  if (out == NULL) {
    perror (run->load->json);
    return -1;
  }
  report (run, seconds, out);
  return fclose (out);
}

/* Read back all that was written. */
static void
read_back (struct run *run)
{
  struct load again = *run->load;
  uint32_t block;

  again.mode = "read";
  again.flush = 0;
  again.requests = 0;
  run->load = &again;
  for (block = 0; block < run->blocks; block++) {
    struct guest_queue *queue = &run->disk->queues[0];

    if (run->shadow[block] == 0)
      continue;
    while (queue->free == NULL)
      guest_poll (run->disk, 1000);
    run->next = block;
    send_one (run, queue);
    queue_push (queue);
  }
  guest_drain (run->disk, 60);
}

static int
prepare (struct run *run)
{
  const struct load *load = run->load;

  if (load->block == 0 || load->block > run->disk->how.segments * 8) {
    guest_problem (run->disk, "block size does not fit a request");
    return -1;
  }
  run->blocks = (load->sectors && load->sectors < run->disk->sectors
                 ? load->sectors : run->disk->sectors) / load->block;
  run->random = load->seed ? load->seed : 88172645463325252ull;
  if (run->blocks == 0)
    return -1;
  if (load->verify) {
    run->shadow = calloc (run->blocks, sizeof *run->shadow);
    run->busy = calloc (run->blocks, 1);
    if (run->shadow == NULL || run->busy == NULL)
      return -1;
  }
  return 0;
}

int
guest_load (struct guest_disk *disk, const struct load *load)
{
  struct run *run = calloc (1, sizeof *run);
  uint64_t begin, end, idle;
  int r = -1;

  if (run == NULL)
    return -1;
  run->disk = disk;
  run->load = load;
  disk->load = run;
  if (prepare (run) == -1)
    goto out;
  begin = guest_now ();
  end = begin + load->seconds * 1e9;
  for (idle = 0; idle < 120;) {
    uint64_t before = run->finished;

    if (load->seconds > 0 && guest_now () >= end) {
      run->stop = load->until == NULL || access (load->until, F_OK) == 0;
      end += LOOK;
    }
    fill_queues (run);
    if (guest_inflight (disk) == 0)
      break;
    guest_poll (disk, 1000);
    idle = run->finished == before ? idle + 1 : 0;
  }
  if (idle >= 120)
    guest_problem (disk, "%u requests are not answered",
                   guest_inflight (disk));
  r = write_report (run, (guest_now () - begin) / 1e9);
  if (run->errors || guest_inflight (disk))
    r = -1;
  run->stop = false;
  if (load->verify && r == 0)
    read_back (run);
out:
  free (run->shadow);
  free (run->busy);
  free (run);
  disk->load = NULL;
  return r;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * ceiling --socket PATH [OPTION...]: what libnbd and libev reach without
 * Xen.  Keeps so many requests in flight on one connection, each in a buffer
 * of its own, and prints what it did as JSON.  Simple replies: structured
 * ones take two more system calls for each read.
 */

#define _GNU_SOURCE

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include <ev.h>
#include <libnbd.h>

#define DEPTH_MAX 256u

struct slot {
  struct slot *next; /* of those that libnbd has ended */
  struct client *client;
  int64_t cookie;
  int error;
  char *buffer;
};

struct client {
  const char *socket, *mode;
  uint64_t size, requests; /* requests 0: no limit */
  unsigned block, depth;
  double seconds;
  struct nbd_handle *nbd;
  struct ev_loop *loop;
  ev_io io;
  ev_prepare prepare;
  ev_timer timer;
  struct slot slots[DEPTH_MAX], *ended;
  uint64_t started, finished, errors, next, blocks, random;
  unsigned inflight;
  bool write, sequential, stop;
};

static void
die (const char *what)
{
  const char *why = nbd_get_error ();

  fprintf (stderr, "ceiling: %s: %s\n", what, why ? why : "failed");
  exit (1);
}

static double
now (clockid_t clock)
{
  struct timespec t;

  clock_gettime (clock, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

/* Only notes it: libnbd must not be called from here. */
static int
ended (void *data, int *error)
{
  struct slot *slot = data;

  slot->error = *error;
  slot->next = slot->client->ended;
  slot->client->ended = slot;
  return 0;
}

static uint64_t
pick_offset (struct client *c)
{
  if (c->sequential)
    return c->next++ % c->blocks * c->block;
  c->random ^= c->random << 13;
  c->random ^= c->random >> 7;
  c->random ^= c->random << 17;
  return c->random % c->blocks * c->block;
}

static void
start (struct client *c, struct slot *slot)
{
  nbd_completion_callback callback = { .callback = ended, .user_data = slot };
  uint64_t offset = pick_offset (c);

  slot->cookie = c->write
    ? nbd_aio_pwrite (c->nbd, slot->buffer, c->block, offset, callback, 0)
    : nbd_aio_pread (c->nbd, slot->buffer, c->block, offset, callback, 0);
  if (slot->cookie == -1)
    die (c->mode);
  c->started++;
  c->inflight++;
}

/* Start the next one in place of each that has ended. */
static void
turn (struct client *c)
{
  struct slot *slot;

  while ((slot = c->ended) != NULL) {
    c->ended = slot->next;
    if (nbd_aio_command_completed (c->nbd, slot->cookie) != 1)
      c->errors++;
    c->inflight--;
    c->finished++;
    if (c->requests && c->started >= c->requests)
      c->stop = true;
    if (!c->stop)
      start (c, slot);
  }
}

static void
prepare (struct ev_loop *loop, ev_prepare *watcher, int revents)
{
  struct client *c = watcher->data;
  unsigned direction;
  int events = 0;

  (void) revents;
  turn (c);
  if (c->stop && c->inflight == 0) {
    ev_break (loop, EVBREAK_ALL);
    return;
  }
  direction = nbd_aio_get_direction (c->nbd);
  if (direction & LIBNBD_AIO_DIRECTION_READ)
    events |= EV_READ;
  if (direction & LIBNBD_AIO_DIRECTION_WRITE)
    events |= EV_WRITE;
  if (events == 0)
    die ("the connection ended");
  if (events != c->io.events) {
    ev_io_stop (loop, &c->io);
    ev_io_set (&c->io, c->io.fd, events);
    ev_io_start (loop, &c->io);
  }
}

/* One reply is taken by one call: take all that are there. */
static void
ready (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct client *c = watcher->data;
  int more = 0;

  (void) loop;
  if (revents & EV_READ)
    do
      if (nbd_aio_notify_read (c->nbd) == -1)
        die ("receive");
    while (ioctl (watcher->fd, FIONREAD, &more) == 0 && more > 0);
  else if (nbd_aio_notify_write (c->nbd) == -1)
    die ("send");
}

static void
timeout (struct ev_loop *loop, ev_timer *watcher, int revents)
{
  struct client *c = watcher->data;

  (void) loop;
  (void) revents;
  c->stop = true;
}

static void
connect_server (struct client *c)
{
  int64_t size;

  c->nbd = nbd_create ();
  if (c->nbd == NULL ||
      nbd_set_request_structured_replies (c->nbd, false) == -1 ||
      nbd_set_pread_initialize (c->nbd, false) == -1 ||
      nbd_set_strict_mode (c->nbd, 0) == -1 ||
      nbd_connect_unix (c->nbd, c->socket) == -1)
    die (c->socket);
  size = nbd_get_size (c->nbd);
  if (size < (int64_t) c->block)
    die ("the export's size");
  if (c->size == 0 || c->size > (uint64_t) size)
    c->size = size;
  c->blocks = c->size / c->block;
}

static void
open_loop (struct client *c)
{
  unsigned i;

  c->loop = ev_default_loop (EVFLAG_AUTO);
  for (i = 0; i < c->depth; i++) {
    c->slots[i].client = c;
    c->slots[i].buffer = aligned_alloc (4096, (c->block + 4095u) & ~4095u);
    if (c->slots[i].buffer == NULL)
      die ("memory");
    memset (c->slots[i].buffer, 0x5a, c->block);
  }
  ev_prepare_init (&c->prepare, prepare);
  ev_io_init (&c->io, ready, nbd_aio_get_fd (c->nbd), EV_READ);
  ev_timer_init (&c->timer, timeout, c->seconds, 0);
  c->prepare.data = c->io.data = c->timer.data = c;
  ev_prepare_start (c->loop, &c->prepare);
  ev_io_start (c->loop, &c->io);
  if (c->seconds > 0)
    ev_timer_start (c->loop, &c->timer);
}

static void
run (struct client *c)
{
  double begin = now (CLOCK_MONOTONIC), cpu = now (CLOCK_PROCESS_CPUTIME_ID);
  double seconds;
  unsigned i;

  for (i = 0; i < c->depth && (c->requests == 0 || i < c->requests); i++)
    start (c, &c->slots[i]);
  ev_run (c->loop, 0);
  cpu = now (CLOCK_PROCESS_CPUTIME_ID) - cpu;
  seconds = now (CLOCK_MONOTONIC) - begin;
  printf ("{ \"mode\": \"%s\", \"block\": %u, \"depth\": %u, "
          "\"seconds\": %.3f, \"requests\": %" PRIu64 ", "
          "\"errors\": %" PRIu64 ", \"iops\": %.0f, \"cpu_us\": %.3f }\n",
          c->mode, c->block, c->depth, seconds, c->finished, c->errors,
          c->finished / seconds, cpu * 1e6 / c->finished);
}

static void
parse_options (int argc, char **argv, struct client *c)
{
  static const struct option options[] = {
    { "socket", required_argument, NULL, 's' },
    { "rw", required_argument, NULL, 'm' },
    { "bs", required_argument, NULL, 'b' },
    { "depth", required_argument, NULL, 'd' },
    { "seconds", required_argument, NULL, 't' },
    { "requests", required_argument, NULL, 'r' },
    { "size", required_argument, NULL, 'z' },
    { NULL, 0, NULL, 0 }
  };
  int i;

  while ((i = getopt_long (argc, argv, "", options, NULL)) != -1)
    switch (i) {
    case 's': c->socket = optarg; break;
    case 'm': c->mode = optarg; break;
    case 'b': c->block = strtoul (optarg, NULL, 10); break;
    case 'd': c->depth = strtoul (optarg, NULL, 10); break;
    case 't': c->seconds = strtod (optarg, NULL); break;
    case 'r': c->requests = strtoull (optarg, NULL, 10); break;
    case 'z': c->size = strtoull (optarg, NULL, 10); break;
    default: exit (2);
    }
  c->write = strstr (c->mode, "write") != NULL;
  c->sequential = strncmp (c->mode, "rand", 4) != 0;
  if (optind == argc && c->socket && c->depth > 0 && c->depth <= DEPTH_MAX &&
      c->block > 0 && c->block <= 32u << 20 &&
      (c->seconds > 0 || c->requests > 0))
    return;
  fputs ("usage: ceiling --socket PATH [--rw read|write|randread|randwrite]\n"
         "  [--bs BYTES] [--depth N] [--size BYTES] --seconds S | "
         "--requests N\n", stderr);
  exit (2);
}

int
main (int argc, char **argv)
{
  static struct client c = { .mode = "randread", .block = 4096, .depth = 32,
                             .random = 88172645463325252u };
  unsigned i;

  parse_options (argc, argv, &c);
  connect_server (&c);
  open_loop (&c);
  run (&c);
  nbd_shutdown (c.nbd, 0);
  nbd_close (c.nbd);
  for (i = 0; i < c.depth; i++)
    free (c.slots[i].buffer);
  return c.errors ? 1 : 0;
}

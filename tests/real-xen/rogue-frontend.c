/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * rogue-frontend DEVID r|w: runs in a guest on real Xen, plays the frontend
 * of its disk in user space, and puts requests on the ring that no driver
 * would.  Says what became of each; ends with 0 if that is what has to.
 */

#include <config.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenbus/xen-public.h"

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#define PATIENCE 300 /* tenths of a second */

static struct xs_handle *store;
static xenevtchn_handle *channel;
static int port;
static struct blkif_front_ring ring;
static uint32_t refs[2]; /* of the ring's page and of the data's */
static char *data;
static char frontend[64], backend[256];
static bool writable;
static int failures;

static void
write_node (const char *name, const char *text)
{
  char path[128];

  snprintf (path, sizeof path, "%s/%s", frontend, name);
  if (!xs_write (store, XBT_NULL, path, text, strlen (text)))
    err (1, "cannot write %s", path);
}

static void
write_number (const char *name, unsigned value)
{
  char text[16];

  snprintf (text, sizeof text, "%u", value);
  write_node (name, text);
}

static void
wait_backend (unsigned state)
{
  char path[300], *text;
  unsigned tries;

  snprintf (path, sizeof path, "%s/state", backend);
  for (tries = 0; tries < PATIENCE; tries++) {
    text = xs_read (store, XBT_NULL, path, NULL);
    if (text && strtoul (text, NULL, 10) == state) {
      free (text);
      return;
    }
    free (text);
    usleep (100000);
  }
  errx (1, "the backend does not reach state %u", state);
}

static void
connect_backend (void)
{
  char path[128], *text;
  struct blkif_sring *shared;
  xengntshr_handle *memory = xengntshr_open (NULL, 0);

  snprintf (path, sizeof path, "%s/backend", frontend);
  text = xs_read (store, XBT_NULL, path, NULL);
  if (text == NULL)
    err (1, "no device %s", frontend);
  snprintf (backend, sizeof backend, "%s", text);
  free (text);
  wait_backend (2);

  channel = xenevtchn_open (NULL, 0);
  if (memory == NULL || channel == NULL)
    err (1, "cannot open gntalloc or evtchn");
  shared = xengntshr_share_pages (memory, 0, 2, refs, 1);
  port = xenevtchn_bind_unbound_port (channel, 0);
  if (shared == NULL || port == -1)
    err (1, "cannot share memory or get a port");
  data = (char *) shared + XEN_PAGE_SIZE;
  SHARED_RING_INIT (shared);
  FRONT_RING_INIT (&ring, shared, XEN_PAGE_SIZE);
  write_number ("ring-ref", refs[0]);
  write_number ("event-channel", port);
  write_node ("protocol", XEN_IO_PROTO_ABI_X86_64);
  write_number ("state", 3);
  wait_backend (4);
  write_number ("state", 4);
}

static void
push (void)
{
  int notify;

  RING_PUSH_REQUESTS_AND_CHECK_NOTIFY (&ring, notify);
  if (notify)
    xenevtchn_notify (channel, port);
}

/* Put one request and expect this status for it. */
static void
expect (const char *what, const struct blkif_request *request, int status)
{
  static uint64_t id = 1000;
  struct blkif_request *slot = RING_GET_REQUEST (&ring, ring.req_prod_pvt);
  struct blkif_response response;
  /* An indirect request has its inner operation where others have a number. */
  const unsigned operation = request->operation == BLKIF_OP_INDIRECT
                             ? request->nr_segments : request->operation;
  unsigned tries;

  *slot = *request;
  slot->id = ++id;
  ring.req_prod_pvt++;
  push ();
  for (tries = 0; tries < PATIENCE * 10; tries++) {
    if (RING_HAS_UNCONSUMED_RESPONSES (&ring))
      break;
    usleep (10000);
  }
  if (!RING_HAS_UNCONSUMED_RESPONSES (&ring))
    errx (1, "%s: no answer", what);
  RING_COPY_RESPONSE (&ring, ring.rsp_cons, &response);
  ring.rsp_cons++;
  printf ("%-32s status %d\n", what, response.status);
  if (response.status != status || response.id != id ||
      response.operation != operation) {
    printf ("  has to be %d, operation %u\n", status, operation);
    failures++;
  }
}

/* A request of one segment that is all right. */
static struct blkif_request
good (uint8_t operation)
{
  return (struct blkif_request) {
    .operation = operation, .nr_segments = 1, .sector_number = 8,
    .seg[0] = { .gref = refs[1], .first_sect = 0, .last_sect = 7 },
  };
}

static void
bad_segments (void)
{
  struct blkif_request r = good (BLKIF_OP_READ);

  r.nr_segments = 0;
  expect ("no segments", &r, BLKIF_RSP_ERROR);
  r.nr_segments = 12;
  expect ("twelve segments", &r, BLKIF_RSP_ERROR);
  r = good (BLKIF_OP_READ);
  r.seg[0].first_sect = 5;
  r.seg[0].last_sect = 4;
  expect ("segment that ends before it begins", &r, BLKIF_RSP_ERROR);
  r = good (BLKIF_OP_READ);
  r.seg[0].last_sect = 8;
  expect ("segment beyond the page", &r, BLKIF_RSP_ERROR);
  r = good (BLKIF_OP_READ);
  r.seg[0].gref = 0xfffff;
  expect ("grant that was never given", &r, BLKIF_RSP_ERROR);
}

static void
bad_ranges (void)
{
  struct blkif_request r = good (BLKIF_OP_READ);
  struct blkif_request_discard *discard = (void *) &r;

  r.sector_number = UINT64_C (1) << 40;
  expect ("sector beyond the end", &r, BLKIF_RSP_ERROR);
  r.sector_number = UINT64_MAX - 3;
  expect ("sector near 2^64", &r, BLKIF_RSP_ERROR);
  memset (&r, 0, sizeof r);
  discard->operation = BLKIF_OP_DISCARD;
  discard->sector_number = 8;
  discard->nr_sectors = UINT64_MAX;
  expect ("discard of 2^64 - 1 sectors", &r, BLKIF_RSP_ERROR);
}

static void
bad_operations (void)
{
  static const uint8_t operations[] = { 4, 7, 255 };
  struct blkif_request indirect = good (BLKIF_OP_INDIRECT);
  size_t i;

  for (i = 0; i < sizeof operations; i++) {
    struct blkif_request r = good (operations[i]);
    char what[32];

    snprintf (what, sizeof what, "operation %u", operations[i]);
    expect (what, &r, BLKIF_RSP_EOPNOTSUPP);
  }
  expect ("indirect without segments", &indirect, BLKIF_RSP_ERROR);
}

static void
good_requests (void)
{
  struct blkif_request r = good (BLKIF_OP_WRITE);

  memset (data, 0x5a, XEN_PAGE_SIZE);
  expect (writable ? "write" : "write to a read-only disk", &r,
          writable ? BLKIF_RSP_OKAY : BLKIF_RSP_ERROR);
  memset (data, 0, XEN_PAGE_SIZE);
  r = good (BLKIF_OP_READ);
  expect ("read", &r, BLKIF_RSP_OKAY);
  if (writable && (data[0] != 0x5a || data[XEN_PAGE_SIZE - 1] != 0x5a)) {
    printf ("  and it is not what was written\n");
    failures++;
  }
}

/* More requests than the ring can hold: the backend closes the device. */
static void
bad_index (void)
{
  ring.req_prod_pvt += 1000;
  push ();
  wait_backend (5);
  printf ("%-32s the backend closes\n", "producer index far ahead");
}

int
main (int argc, char **argv)
{
  if (argc != 3)
    errx (2, "usage: rogue-frontend DEVID r|w");
  snprintf (frontend, sizeof frontend, "device/vbd/%s", argv[1]);
  writable = argv[2][0] == 'w';
  store = xs_open (0);
  if (store == NULL)
    err (1, "cannot reach xenstore");
  connect_backend ();
  good_requests ();
  bad_segments ();
  bad_ranges ();
  bad_operations ();
  good_requests ();
  bad_index ();
  write_number ("state", 6);
  wait_backend (6);
  printf ("%d failed\n", failures);
  return failures > 0;
}

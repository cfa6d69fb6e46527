/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * fake-blkback KIND/DOMID/DEVID [BUG]: a block backend of one disk in memory
 * that offers all there is, to test the fake guest with, and that can do one
 * thing wrong, to see that the fake guest notices.  Serves until the
 * frontend closes and its `online` is 0.
 */

#define _GNU_SOURCE

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#define SECTORS 65536u
#define QUEUES  4u

/* Layouts, for native and for 32-bit frontends. */
struct layout { unsigned entry, response, id, sector, tail, refs; };
static const struct layout layouts[] = {
  { 112, 16, 8, 16, 24, 28 }, { 108, 12, 4, 12, 20, 24 },
};

static struct xs_handle *xs;
static xengnttab_handle *gnttab;
static const char *bug = "";
static char back[128], front[128];
static uint32_t domid;
static char disk[SECTORS][512];
static bool persistent;
static const struct layout *layout;
static void *persistent_page[32768];

struct queue {
  xenevtchn_handle *evtchn;
  int port;
  char *ring;
  unsigned pages;
  uint32_t size, cons, prod;
};
static struct queue queues[QUEUES];
static unsigned nqueues;

static bool
is_bug (const char *name)
{
  return strcmp (bug, name) == 0;
}

static void
put (const char *key, const char *value)
{
  char path[256];

  snprintf (path, sizeof path, "%s/%s", back, key);
  xs_write (xs, XBT_NULL, path, value, strlen (value));
}

static long
get (const char *dir, const char *key, long missing)
{
  char path[256], *text;
  long n;

  snprintf (path, sizeof path, "%s/%s", dir, key);
  text = xs_read (xs, XBT_NULL, path, NULL);
  n = text ? strtol (text, NULL, 10) : missing;
  free (text);
  return n;
}

static uint32_t *
word (struct queue *q, unsigned n)
{
  return (uint32_t *) (void *) q->ring + n;
}

#define load(p) __atomic_load_n (p, __ATOMIC_SEQ_CST)

static char *
map (uint32_t ref, int prot)
{
  if (!persistent)
    return xengnttab_map_grant_ref (gnttab, domid, ref, prot);
  if (ref < 32768 && persistent_page[ref] == NULL)
    persistent_page[ref] = xengnttab_map_grant_ref (gnttab, domid, ref,
                                                    PROT_READ|PROT_WRITE);
  return ref < 32768 ? persistent_page[ref] : NULL;
}

static void
unmap (char *page)
{
  if (!persistent && !is_bug ("no-unmap"))
    xengnttab_unmap (gnttab, page, 1);
}

/* Half by copy and half by mapping, so that both are used. */
static int16_t
move (uint32_t ref, unsigned first, unsigned last, uint64_t sector,
      bool write)
{
  size_t length = (last - first + 1) * 512u;
  char *page;

  if (first > last || last > 7 || sector >= SECTORS ||
      sector + (last - first) >= SECTORS)
    return -1;
  if (!persistent && (sector & 8) && !is_bug ("no-unmap")) {
    xengnttab_grant_copy_segment_t seg = { .len = length };

    if (write) {
      seg.flags = GNTCOPY_source_gref;
      seg.source.foreign.ref = ref;
      seg.source.foreign.domid = domid;
      seg.source.foreign.offset = first * 512;
      seg.dest.virt = disk[sector];
    }
    else {
      seg.flags = GNTCOPY_dest_gref;
      seg.dest.foreign.ref = ref;
      seg.dest.foreign.domid = domid;
      seg.dest.foreign.offset = first * 512;
      seg.source.virt = disk[sector];
    }
    return xengnttab_grant_copy (gnttab, 1, &seg) == 0 && seg.status == 0
           ? 0 : -1;
  }
  /* Some frontends let us only read what they write. */
  page = map (ref, write ? PROT_READ : PROT_READ|PROT_WRITE);
  if (page == NULL)
    return -1;
  if (write)
    memcpy (disk[sector], page + first * 512, length);
  else
    memcpy (page + first * 512, disk[sector], length);
  if (is_bug ("stray") && !write && last < 7)
    page[4095] = 0;
  if (is_bug ("corrupt") && !write)
    page[first * 512] ^= 1;
  unmap (page);
  return 0;
}

static int16_t
run_segments (const char *segments, unsigned n, uint64_t sector, bool write)
{
  unsigned i;

  for (i = 0; i < n; i++, segments += 8) {
    uint32_t ref;
    unsigned first = (uint8_t) segments[4], last = (uint8_t) segments[5];

    memcpy (&ref, segments, 4);
    if (move (ref, first, last, sector, write) != 0)
      return -1;
    sector += last - first + 1;
  }
  return 0;
}

static int16_t
run_request (const char *entry, uint8_t *op)
{
  uint64_t sector;
  uint16_t n;
  uint32_t ref;
  char *page;
  int16_t status;

  memcpy (&sector, entry + layout->sector, 8);
  switch (*op) {
  case 6:
    *op = is_bug ("indirect-op") ? 6 : entry[1];
    memcpy (&n, entry + 2, 2);
    memcpy (&ref, entry + layout->refs, 4);
    page = n <= 256 ? map (ref, PROT_READ) : NULL;
    if (page == NULL)
      return -1;
    status = run_segments (page, n, sector, entry[1] == 1);
    unmap (page);
    return status;
  case 3:
  case 5:
    return 0;
  case 0:
  case 1:
  case 2:
    return (uint8_t) entry[1] > 11 ? -1
           : run_segments (entry + layout->tail, (uint8_t) entry[1], sector,
                           *op != 0);
  default:
    return -2;
  }
}

static void
answer (struct queue *q, uint64_t id, uint8_t op, int16_t status)
{
  char *entry = q->ring + 64 + (q->prod++ & (q->size - 1)) * layout->entry;

  if (is_bug ("wrong-id"))
    id += 1000;
  memset (entry, is_bug ("padding") ? 0x55 : 0, layout->response);
  memcpy (entry, &id, 8);
  entry[8] = is_bug ("wrong-op") ? op + 1 : op;
  memcpy (entry + 10, &status, 2);
}

static void
serve (struct queue *q)
{
  uint32_t old = q->prod, event;
  char entry[112];
  uint64_t id;
  int16_t status;
  uint8_t op;

  do {
    while (q->cons != load (word (q, 0))) {
      memcpy (entry, q->ring + 64 + (q->cons & (q->size - 1)) * layout->entry,
              layout->entry);
      q->cons++;
      memcpy (&id, entry + layout->id, 8);
      op = entry[0];
      status = run_request (entry, &op);
      answer (q, id, op, status);
      if (is_bug ("twice"))
        answer (q, id, op, status);
    }
    __atomic_store_n (word (q, 1), q->cons + 1, __ATOMIC_SEQ_CST);
  } while (q->cons != load (word (q, 0)));
  __atomic_store_n (word (q, 2), q->prod, __ATOMIC_SEQ_CST);
  event = load (word (q, 3));
  if (!is_bug ("no-notify") && q->prod - event < q->prod - old)
    xenevtchn_notify (q->evtchn, q->port);
}

static bool
attach (struct queue *q, const char *dir, unsigned order)
{
  uint32_t refs[16];
  char key[32];
  unsigned i;

  q->pages = 1u << order;
  for (i = 0; i < q->pages; i++) {
    snprintf (key, sizeof key, "ring-ref%u", i);
    refs[i] = get (dir, order ? key : "ring-ref", 0);
  }
  q->ring = xengnttab_map_domain_grant_refs (gnttab, q->pages, domid, refs,
                                             PROT_READ|PROT_WRITE);
  q->evtchn = xenevtchn_open (NULL, 0);
  q->port = xenevtchn_bind_interdomain (q->evtchn, domid,
                                        get (dir, "event-channel", 0));
  q->cons = q->prod = 0;
  for (q->size = 1; q->size * 2 * layout->entry <= q->pages * 4096 - 64;)
    q->size *= 2;
  return q->ring && q->port != -1;
}

static bool
connect_rings (void)
{
  char path[256], *protocol, dir[300];
  unsigned i, order = get (front, "ring-page-order", 0);

  snprintf (path, sizeof path, "%s/protocol", front);
  protocol = xs_read (xs, XBT_NULL, path, NULL);
  layout = &layouts[protocol == NULL || strcmp (protocol, "x86_64-abi")];
  free (protocol);
  persistent = get (front, "feature-persistent", 0) == 1;
  nqueues = get (front, "multi-queue-num-queues", 1);
  for (i = 0; i < nqueues; i++) {
    snprintf (dir, sizeof dir, nqueues > 1 ? "%s/queue-%u" : "%s", front, i);
    if (!attach (&queues[i], dir, order))
      return false;
  }
  return true;
}

static void
disconnect_rings (void)
{
  unsigned i;

  for (i = 0; i < 32768; i++)
    if (persistent_page[i]) {
      if (!is_bug ("keep-persistent"))
        xengnttab_unmap (gnttab, persistent_page[i], 1);
      persistent_page[i] = NULL;
    }
  for (i = 0; i < nqueues; i++) {
    xenevtchn_close (queues[i].evtchn);
    xengnttab_unmap (gnttab, queues[i].ring, queues[i].pages);
  }
  nqueues = 0;
}

static void
offer (void)
{
  put ("max-ring-page-order", "4");
  put ("multi-queue-max-queues", "4");
  put ("state", "2");
}

static void
publish (void)
{
  char sectors[16];

  snprintf (sectors, sizeof sectors, "%u", SECTORS);
  put ("sectors", sectors);
  put ("sector-size", "512");
  put ("info", "0");
  put ("feature-barrier", "1");
  put ("feature-flush-cache", "1");
  put ("feature-discard", "1");
  put ("feature-persistent", persistent ? "1" : "0");
  put ("feature-max-indirect-segments", "256");
  put ("state", "4");
}

static void
wait_events (void)
{
  struct pollfd fds[QUEUES];
  unsigned i;

  for (i = 0; i < nqueues; i++)
    fds[i] = (struct pollfd) { xenevtchn_fd (queues[i].evtchn), POLLIN, 0 };
  poll (fds, nqueues, 5);
  for (i = 0; i < nqueues; i++)
    if (fds[i].revents & POLLIN) {
      xenevtchn_unmask (queues[i].evtchn,
                        xenevtchn_pending (queues[i].evtchn));
      serve (&queues[i]);
    }
}

int
main (int argc, char **argv)
{
  unsigned devid;
  char kind[16];
  long state;

  if (argc < 2 || sscanf (argv[1], "%15[^/]/%u/%u", kind, &domid, &devid)
      != 3)
    return 2;
  if (argc > 2)
    bug = argv[2];
  snprintf (back, sizeof back, "/local/domain/0/backend/%s/%u/%u", kind,
            domid, devid);
  snprintf (front, sizeof front, "/local/domain/%u/device/vbd/%u", domid,
            devid);
  xs = xs_open (0);
  gnttab = xengnttab_open (NULL, 0);
  if (xs == NULL || gnttab == NULL)
    return 1;
  while (get (back, "state", 0) == 0)
    usleep (1000);
  offer ();
  for (;;) {
    wait_events ();
    state = get (front, "state", 0);
    if ((state == 3 || state == 4) && nqueues == 0 &&
        get (back, "state", 0) == 2) {
      if (!connect_rings ())
        return 1;
      publish ();
    }
    else if (state == 5 && get (back, "state", 0) != 5)
      put ("state", "5");
    else if ((state == 6 || state == 0) && get (back, "state", 6) != 6) {
      disconnect_rings ();
      put ("state", "6");
    }
    else if (state == 1 && get (back, "state", 0) == 6)
      offer ();
    if (get (back, "online", 0) == 0 && nqueues == 0)
      break;
  }
  xengnttab_close (gnttab);
  xs_close (xs);
  return 0;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The guest's half: see device-rings.h.
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device-rings.h"
#include "number.h"

struct reader {
  struct store *store;
  const char *frontend;  /* the directory */
  struct failure *failure;
  bool unread;           /* the store failed, which is not the guest's fault */
};

static int
not_now (struct reader *reader, const char *name)
{
  reader->unread = true;
  return failure_set (reader->failure,
                      "the frontend's node %s cannot be read now", name);
}

/* A node's value is anything; make it fit to be seen. */
static void
make_printable (char *text)
{
  for (; *text; text++)
    if (*text < ' ' || *text > '~')
      *text = '?';
}

/* A number that must be there. */
static int
read_number (struct reader *reader, const char *name, uint64_t min,
             uint64_t max, uint64_t *value)
{
  char text[32];

  if (store_read (reader->store, STORE_NOW, reader->frontend, name, text,
                  sizeof text) == 0) {
    if (number_parse (text, max, value) == 0 && *value >= min)
      return 0;
    make_printable (text);
  }
  else if (device_unknown (reader->store))
    return not_now (reader, name);
  else if (errno == ENOENT)
    return failure_set (reader->failure,
                        "the frontend's node %s is missing; it must be a "
                        "number from %llu to %llu", name,
                        (unsigned long long) min, (unsigned long long) max);
  else
    snprintf (text, sizeof text, "(%s)", strerror (errno));
  return failure_set (reader->failure,
                      "the frontend's node %s is \"%s\"; it must be a number "
                      "from %llu to %llu", name, text,
                      (unsigned long long) min, (unsigned long long) max);
}

/* Is there such a node?  Returns 1 or 0, or -1. */
static int
is_there (struct reader *reader, const char *name)
{
  char value[2];

  if (store_read (reader->store, STORE_NOW, reader->frontend, name, value,
                  sizeof value) == 0)
    return 1;
  return device_unknown (reader->store) ? not_now (reader, name)
                                        : errno != ENOENT;
}

/* How many pages each ring has: "ring-page-order", or "num-ring-pages" of
 * older frontends, or one.
 */
static int
read_pages (struct reader *reader, unsigned order_max, unsigned *pages)
{
  int there = is_there (reader, "ring-page-order");
  uint64_t number;

  *pages = 1;
  if (there == 1) {
    if (read_number (reader, "ring-page-order", 0, order_max, &number) == -1)
      return -1;
    *pages = 1u << number;
    return 0;
  }
  if (there == 0)
    there = is_there (reader, "num-ring-pages");
  if (there != 1)
    return there;
  if (read_number (reader, "num-ring-pages", 1, 1u << order_max,
                   &number) == -1)
    return -1;
  if ((number & (number - 1)) != 0)
    return failure_set (reader->failure,
                        "the frontend's node num-ring-pages is \"%llu\"; it "
                        "must be a power of two up to %u",
                        (unsigned long long) number, 1u << order_max);
  *pages = number;
  return 0;
}

/* The ring whose nodes' names begin with `prefix`.  One page may be named
 * "ring-ref" or "ring-ref0": frontends that write an order of 0 do either.
 */
static int
read_ring (struct reader *reader, const char *prefix, unsigned pages,
           struct device_ring *ring)
{
  char name[48];
  uint64_t number;
  unsigned i;
  int plain = 0;

  snprintf (name, sizeof name, "%sring-ref", prefix);
  if (pages == 1)
    plain = is_there (reader, name);
  if (plain == -1)
    return -1;
  ring->pages = pages;
  for (i = 0; i < pages; i++) {
    if (!plain)
      snprintf (name, sizeof name, "%sring-ref%u", prefix, i);
    if (read_number (reader, name, 0, UINT32_MAX, &number) == -1)
      return -1;
    ring->refs[i] = number;
  }
  snprintf (name, sizeof name, "%sevent-channel", prefix);
  if (read_number (reader, name, 0, UINT32_MAX, &number) == -1)
    return -1;
  ring->port = number;
  return 0;
}

static int
read_protocol (struct reader *reader, const struct blkif_abi **abi)
{
  char name[32];

  if (store_read (reader->store, STORE_NOW, reader->frontend, "protocol",
                  name, sizeof name) == -1) {
    if (device_unknown (reader->store))
      return not_now (reader, "protocol");
    if (errno != ENOENT)
      return failure_set (reader->failure, "the frontend's node protocol: %s",
                          strerror (errno));
    *abi = blkif_abi_find (NULL);
    return 0;
  }
  *abi = blkif_abi_find (name);
  if (*abi)
    return 0;
  make_printable (name);
  return failure_set (reader->failure,
                      "the frontend's node protocol is \"%s\"; it must be "
                      "x86_64-abi, x86_32-abi or arm-abi", name);
}

/* A wish, and anything but 1 is none. */
static int
read_persistent (struct reader *reader, bool *persistent)
{
  char text[4] = "";

  if (store_read (reader->store, STORE_NOW, reader->frontend,
                  "feature-persistent", text, sizeof text) == -1 &&
      device_unknown (reader->store))
    return not_now (reader, "feature-persistent");
  *persistent = strcmp (text, "1") == 0;
  return 0;
}

static int
read_queues (struct reader *reader, unsigned pages, struct device_rings *rings)
{
  unsigned i;

  for (i = 0; i < rings->count; i++) {
    char prefix[20];

    snprintf (prefix, sizeof prefix, "queue-%u/", i);
    if (read_ring (reader, prefix, pages, &rings->rings[i]) == -1)
      return -1;
  }
  return 0;
}

static int
read_rings (struct reader *reader, unsigned queues_max, unsigned order_max,
            struct device_rings *rings)
{
  uint64_t count = 1;
  unsigned pages;
  int there;

  if (read_protocol (reader, &rings->abi) == -1 ||
      read_persistent (reader, &rings->persistent) == -1 ||
      read_pages (reader, order_max, &pages) == -1)
    return -1;
  there = is_there (reader, "multi-queue-num-queues");
  if (there == -1)
    return -1;
  rings->count = 1;
  if (there == 0)
    return read_ring (reader, "", pages, &rings->rings[0]);
  if (read_number (reader, "multi-queue-num-queues", 1, queues_max,
                   &count) == -1)
    return -1;
  rings->count = count;
  there = count == 1 ? is_there (reader, "event-channel") : 0;
  if (there == -1)
    return -1;
  return there ? read_ring (reader, "", pages, &rings->rings[0])
               : read_queues (reader, pages, rings);
}

int
device_read_rings (struct store *store, const struct device_paths *paths,
                   unsigned queues_max, unsigned order_max,
                   struct device_rings *rings, struct failure *failure)
{
  struct reader reader = { store, paths->frontend, failure, false };
  const int r = read_rings (&reader, queues_max, order_max, rings);

  if (r == -1)
    errno = reader.unread ? EAGAIN : EINVAL;
  return r;
}

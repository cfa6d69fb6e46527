/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What we write: see device-write.h.
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "blkif.h"
#include "device-write.h"
#include "xen-public.h"

/* Every write is in a transaction that first looks whether the toolstack's
 * nodes are there still: a plain write would bring a removed device back.
 */
static int
still_there (struct store *store, unsigned transaction, const char *backend)
{
  char frontend[DEVICE_PATH_MAX];

  return store_read (store, transaction, backend, "frontend", frontend,
                     sizeof frontend);
}

struct offer {
  const struct device_paths *paths;
  unsigned queues_max, order_max;
};

/* xen-blkback, where it saw the device first, offered things of its own,
 * which we either overwrite or take back.  Indirect segments are ours to offer
 * only once we know what the worker can serve.
 */
static int
write_offer (struct store *store, unsigned transaction, void *opaque)
{
  const struct offer *offer = opaque;
  const char *backend = offer->paths->backend;

  if (still_there (store, transaction, backend) == -1 ||
      store_remove (store, transaction, backend,
                    "feature-max-indirect-segments") == -1 ||
      store_write (store, transaction, backend, "max-ring-page-order",
                   "%u", offer->order_max) == -1 ||
      store_write (store, transaction, backend, "max-ring-pages", "%u",
                   1u << offer->order_max) == -1 ||
      store_write (store, transaction, backend, "multi-queue-max-queues",
                   "%u", offer->queues_max) == -1)
    return -1;
  return store_write (store, transaction, backend, "state", "%d",
                      HANDSHAKE_INIT_WAIT);
}

int
device_write_offer (struct store *store, const struct device_paths *paths,
                    unsigned queues_max, unsigned order_max)
{
  struct offer offer = { paths, queues_max, order_max };

  return store_transact (store, write_offer, &offer);
}

struct publication {
  const struct device_paths *paths;
  const struct device_properties *properties;
};

static int
write_number (struct store *store, unsigned transaction, const char *dir,
              const char *name, uint64_t value)
{
  return store_write (store, transaction, dir, name, "%llu",
                      (unsigned long long) value);
}

static unsigned
info (const struct device_properties *p)
{
  return (p->cdrom ? VDISK_CDROM : 0) |
         (p->removable ? VDISK_REMOVABLE : 0) |
         (p->read_only ? VDISK_READONLY : 0);
}

/* Features are written as 0 or 1 and never left out: mini-os reads a
 * missing one as -1.
 */
static int
write_properties (struct store *store, unsigned transaction, void *opaque)
{
  const struct publication *publication = opaque;
  const struct device_properties *p = publication->properties;
  const char *backend = publication->paths->backend;
  const struct {
    const char *name;
    uint64_t value;
  } nodes[] = {
    { "sectors",              p->sectors },
    { "sector-size",          p->sector_size },
    { "physical-sector-size", p->physical_size },
    { "info",                 info (p) },
    { "feature-flush-cache",  p->flush },
    { "feature-barrier",      p->flush },
    { "feature-persistent",   p->persistent },
    { "feature-discard",      p->discard },
    { "discard-granularity",  p->discard_granularity },
    { "discard-alignment",    0 },
    { "discard-secure",       0 },
    { "state",                HANDSHAKE_CONNECTED },
  };
  size_t i;

  if (still_there (store, transaction, backend) == -1)
    return -1;
  if (p->indirect > BLKIF_SEGMENTS_MAX && /* fewer would be no gain */
      write_number (store, transaction, backend,
                    "feature-max-indirect-segments", p->indirect) == -1)
    return -1;
  for (i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
    if (write_number (store, transaction, backend, nodes[i].name,
                      nodes[i].value) == -1)
      return -1;
  return 0;
}

int
device_write_properties (struct store *store,
                         const struct device_paths *paths,
                         const struct device_properties *properties)
{
  struct publication publication = { paths, properties };

  return store_transact (store, write_properties, &publication);
}

struct size {
  const struct device_paths *paths;
  uint64_t sectors;
};

static int
write_size (struct store *store, unsigned transaction, void *opaque)
{
  const struct size *size = opaque;
  const char *backend = size->paths->backend;
  uint64_t state;

  if (still_there (store, transaction, backend) == -1 ||
      store_read_number (store, transaction, backend, "state", 9, &state) == -1)
    return -1;
  if (state != HANDSHAKE_CONNECTED) {
    errno = ECANCELED;
    return -1;
  }
  if (write_number (store, transaction, backend, "sectors",
                    size->sectors) == -1)
    return -1;
  return write_number (store, transaction, backend, "state",
                       HANDSHAKE_CONNECTED);
}

int
device_write_size (struct store *store, const struct device_paths *paths,
                   uint64_t sectors)
{
  struct size size = { paths, sectors };

  return store_transact (store, write_size, &size);
}

struct node {
  const char *dir, *name, *value;
};

static int
write_node (struct store *store, unsigned transaction, void *opaque)
{
  const struct node *node = opaque;

  if (still_there (store, transaction, node->dir) == -1)
    return -1;
  if (node->value == NULL)
    return store_remove (store, transaction, node->dir, node->name);
  return store_write (store, transaction, node->dir, node->name, "%s",
                      node->value);
}

int
device_write_state (struct store *store, const struct device_paths *paths,
                    enum handshake_state state)
{
  char value[8];
  struct node node = { paths->backend, "state", value };

  snprintf (value, sizeof value, "%u", (unsigned) state % 10);
  return store_transact (store, write_node, &node);
}

int
device_write_note (struct store *store, const struct device_paths *paths,
                   const char *name, const char *text)
{
  struct node node = { paths->backend, name, text };

  return store_transact (store, write_node, &node);
}

/* Remove the directory, and its parents up to "error" as they get empty. */
static int
remove_error (struct store *store, const struct device_paths *paths)
{
  char path[DEVICE_PATH_MAX], *slash;
  int children;

  text_copy (path, sizeof path, paths->error);
  do {
    slash = strrchr (path, '/');
    *slash = '\0';
    if (store_remove (store, STORE_NOW, path, slash + 1) == -1)
      return -1;
    children = device_count_children (store, STORE_NOW, path);
    if (children == -1)
      return -1;
  } while (children == 0 && strcmp (slash - strlen ("error"), "error"));
  return 0;
}

int
device_write_error (struct store *store, const struct device_paths *paths,
                    const char *text)
{
  int here;

  if (*text)
    return store_write (store, STORE_NOW, paths->error, "error", "%s", text);
  here = store_exists (store, paths->error);
  return here == 1 ? remove_error (store, paths) : here;
}

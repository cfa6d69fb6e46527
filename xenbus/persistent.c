/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mapper.h"
#include "persistent.h"

#define SLOTS 2048u        /* of the hash table; a power of two */
#define NONE  UINT16_MAX   /* no page */

_Static_assert (PERSISTENT_MAX < NONE, "pages are named by their index");

struct page {
  uint32_t ref;
  unsigned used;         /* tick of the last use */
  void *address;
  uint16_t next;         /* with the same hash, or of the free ones */
  uint16_t older, newer; /* in the order of use */
};

struct persistent {
  const struct mapper *mapper;
  unsigned most, count;  /* pages allowed, and mapped */
  unsigned tick;
  bool crowded;          /* there was no room since the last tick */
  uint16_t free;
  uint16_t oldest, newest;
  uint16_t slots[SLOTS];
  struct page pages[PERSISTENT_MAX];
};

struct persistent *
persistent_new (const struct mapper *mapper, unsigned most)
{
  struct persistent *persistent = malloc (sizeof *persistent);
  unsigned i;

  if (persistent == NULL)
    return NULL;
  memset (persistent, 0, sizeof *persistent);
  persistent->mapper = mapper;
  persistent->most = most;
  persistent->oldest = persistent->newest = NONE;
  for (i = 0; i < SLOTS; i++)
    persistent->slots[i] = NONE;
  for (i = 0; i < most; i++)
    persistent->pages[i].next = i + 1 < most ? i + 1 : NONE;
  return persistent;
}

static uint16_t *
slot_of (struct persistent *persistent, uint32_t ref)
{
  return &persistent->slots[ref * UINT32_C (2654435761) >> 21];
}

static void
unlink_page (struct persistent *persistent, uint16_t index)
{
  const struct page *page = &persistent->pages[index];

  if (page->older != NONE)
    persistent->pages[page->older].newer = page->newer;
  else
    persistent->oldest = page->newer;
  if (page->newer != NONE)
    persistent->pages[page->newer].older = page->older;
  else
    persistent->newest = page->older;
}

/* It is the one that was used last. */
static void
link_page (struct persistent *persistent, uint16_t index)
{
  struct page *page = &persistent->pages[index];

  page->used = persistent->tick;
  page->newer = NONE;
  page->older = persistent->newest;
  if (page->older != NONE)
    persistent->pages[page->older].newer = index;
  else
    persistent->oldest = index;
  persistent->newest = index;
}

static void
drop_oldest (struct persistent *persistent)
{
  const uint16_t index = persistent->oldest;
  struct page *page = &persistent->pages[index];
  uint16_t *at = slot_of (persistent, page->ref);

  mapper_unmap (persistent->mapper, page->address, 1);
  while (*at != index)
    at = &persistent->pages[*at].next;
  *at = page->next;
  unlink_page (persistent, index);
  page->next = persistent->free;
  persistent->free = index;
  persistent->count--;
}

void
persistent_free (struct persistent *persistent)
{
  if (persistent == NULL)
    return;
  while (persistent->count > 0)
    drop_oldest (persistent);
  free (persistent);
}

static void *
add (struct persistent *persistent, uint32_t ref)
{
  const uint16_t index = persistent->free;
  uint16_t *slot = slot_of (persistent, ref);
  struct page *page = &persistent->pages[index];
  void *address = mapper_map (persistent->mapper, &ref, 1);

  if (address == NULL)
    return NULL;
  persistent->free = page->next;
  page->ref = ref;
  page->address = address;
  page->next = *slot;
  *slot = index;
  link_page (persistent, index);
  persistent->count++;
  return address;
}

void *
persistent_get (struct persistent *persistent, uint32_t ref)
{
  uint16_t index = *slot_of (persistent, ref);

  while (index != NONE && persistent->pages[index].ref != ref)
    index = persistent->pages[index].next;
  if (index != NONE) {
    if (index != persistent->newest) {
      unlink_page (persistent, index);
      link_page (persistent, index);
    }
    persistent->pages[index].used = persistent->tick;
    return persistent->pages[index].address;
  }
  if (persistent->count == persistent->most) {
    persistent->crowded = true;
    return NULL;
  }
  return add (persistent, ref);
}

unsigned
persistent_tick (struct persistent *persistent)
{
  unsigned n = persistent->crowded
               ? persistent->most / PERSISTENT_EVICT + 1 : 0;

  persistent->tick++;
  persistent->crowded = false;
  while (persistent->count > 0 &&
         (n > 0 || persistent->tick -
          persistent->pages[persistent->oldest].used > PERSISTENT_IDLE)) {
    drop_oldest (persistent);
    n -= n > 0;
  }
  return persistent->count;
}

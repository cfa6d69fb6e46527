/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "fake-guest.h"
#include "fuzz.h"
#include "xenbus/channel.h"
#include "xenbus/grants.h"
#include "xenbus/mapper.h"
#include "xenbus/persistent.h"

#define BATCH 260u /* segments; small, so that it is full at times */

struct guest guest;

struct grants {
  struct persistent *kept;
  unsigned noted;
  struct copy {
    struct blkif_segment segment;
    enum grants_direction direction;
    char *buffer;
    bool *ok;
  } copies[BATCH];
};

struct channel {
  struct guest_ring *ring;
};

void
guest_init (void)
{
  unsigned i;

  for (i = 0; i < GUEST_PAGES; i++) {
    guest.pages[i].revoked = guest.pages[i].read_only = false;
    guest.pages[i].dirty = guest.pages[i].mapped = false;
    guest.pages[i].users = 0;
  }
  memset (guest.rings, 0, sizeof guest.rings);
  guest.opened = guest.fail_open = guest.fail_copy = 0;
}

void
guest_end (void)
{
  unsigned i;

  CHECK (guest.opened == 0);
  for (i = 0; i < GUEST_PAGES; i++)
    CHECK (!guest.pages[i].mapped);
  for (i = 0; i < GUEST_RINGS; i++) {
    CHECK (!guest.rings[i].mapped && !guest.rings[i].bound);
    free (guest.rings[i].memory);
    guest.rings[i].memory = NULL;
  }
}

void
guest_new_ring (struct guest_ring *ring, unsigned pages)
{
  CHECK (!ring->mapped);
  free (ring->memory);
  memset (ring, 0, sizeof *ring);
  ring->memory = calloc (pages, GUEST_PAGE);
  CHECK (ring->memory != NULL);
  ring->pages = pages;
}

struct guest_page *
guest_page (uint32_t ref)
{
  return ref - GUEST_REF < GUEST_PAGES ? &guest.pages[ref - GUEST_REF] : NULL;
}

void
guest_do_page (struct input *input)
{
  struct guest_page *page = &guest.pages[input_8 (input) % GUEST_PAGES];
  const unsigned what = input_8 (input);

  page->revoked = (what & 3) == 1 && !page->mapped;
  page->read_only = (what & 3) == 2 && !page->mapped;
  if (what & 4) {
    sector_fill (page->bytes + (what >> 5) * 512, what);
    page->dirty = page->users > 0;
  }
  if (what & 8)
    guest.fail_copy = 1 + (what >> 4);
}

void
sector_fill (void *bytes, uint64_t tag)
{
  uint64_t words[512 / 8];
  unsigned i;

  for (i = 0; i < 512 / 8; i++)
    words[i] = tag;
  memcpy (bytes, words, sizeof words);
}

uint64_t
sector_tag (const void *bytes)
{
  uint64_t tag;

  memcpy (&tag, bytes, sizeof tag);
  /* Not a loop, whose every comparison the fuzzer would look at. */
  return memcmp (bytes, (const char *) bytes + sizeof tag,
                 512 - sizeof tag) ? 0 : tag;
}

/* Counts down to the call that fails. */
static bool
fails (unsigned *counter)
{
  return *counter > 0 && --*counter == 0;
}

struct grants *
grants_open (uint32_t domid)
{
  struct grants *grants;

  CHECK (domid == GUEST_DOMID);
  if (fails (&guest.fail_open)) {
    errno = ENODEV;
    return NULL;
  }
  grants = calloc (1, sizeof *grants);
  CHECK (grants != NULL);
  guest.opened++;
  return grants;
}

void
grants_close (struct grants *grants)
{
  guest.opened -= grants != NULL;
  if (grants)
    persistent_free (grants->kept);
  free (grants);
}

int
grants_keep (struct grants *grants, unsigned most)
{
  CHECK (grants->kept == NULL && most >= 1 && most <= PERSISTENT_MAX);
  if (!fails (&guest.fail_open))
    grants->kept = persistent_new (NULL, most);
  return grants->kept ? 0 : -1;
}

unsigned
grants_tick (struct grants *grants)
{
  return grants->kept ? persistent_tick (grants->kept) : 0;
}

/* What is kept, page by page. */
void *
mapper_map (const struct mapper *mapper, const uint32_t *refs, unsigned count)
{
  struct guest_page *page = guest_page (refs[0]);

  (void) mapper;
  CHECK (count == 1);
  errno = EINVAL;
  if (!page || page->revoked || page->read_only || page->mapped)
    return NULL;
  page->mapped = true;
  return page->bytes;
}

void
mapper_unmap (const struct mapper *mapper, void *pages, unsigned count)
{
  unsigned i;

  (void) mapper;
  CHECK (count == 1);
  for (i = 0; i < GUEST_PAGES && guest.pages[i].bytes != pages; i++)
    ;
  CHECK (i < GUEST_PAGES && guest.pages[i].mapped);
  guest.pages[i].mapped = false;
}

void *
grants_map (struct grants *grants, const uint32_t *refs, unsigned count)
{
  const unsigned n = (refs[0] - GUEST_RING_REF) / GUEST_RING_STEP;
  struct guest_ring *ring = &guest.rings[n % GUEST_RINGS];
  unsigned i;

  CHECK (grants != NULL);
  errno = EINVAL;
  if (n >= GUEST_RINGS || count != ring->pages || ring->mapped)
    return NULL;
  for (i = 0; i < count; i++)
    if (refs[i] != GUEST_RING_REF + n * GUEST_RING_STEP + i)
      return NULL;
  ring->mapped = true;
  return ring->memory;
}

void
grants_unmap (struct grants *grants, void *pages, unsigned count)
{
  unsigned i;

  CHECK (grants != NULL);
  for (i = 0; i < GUEST_RINGS && pages; i++)
    if (guest.rings[i].memory == pages) {
      CHECK (guest.rings[i].mapped && guest.rings[i].pages == count);
      guest.rings[i].mapped = false;
      return;
    }
  CHECK (pages == NULL);
}

static bool copy_segment (const struct copy *copy);


bool
grants_note (struct grants *grants, const struct blkif_segment *segments,
             unsigned count, enum grants_direction direction, char *buffer,
             bool *ok)
{
  unsigned i;

  if (count > BATCH - grants->noted)
    return false;
  *ok = true;
  for (i = 0; i < count; i++) {
    struct copy copy = { segments[i], direction, buffer, ok };

    if (!grants->kept || !persistent_get (grants->kept, segments[i].gref))
      grants->copies[grants->noted++] = copy;
    else if (!copy_segment (&copy))
      *ok = false;
    buffer += segments[i].length;
  }
  return true;
}

static bool
copy_segment (const struct copy *copy)
{
  const struct blkif_segment *segment = &copy->segment;
  struct guest_page *page = guest_page (segment->gref);

  CHECK (segment->offset + segment->length <= GUEST_PAGE);
  if (!page || page->revoked || fails (&guest.fail_copy))
    return false;
  if (copy->direction == GRANTS_FROM_GUEST)
    memcpy (copy->buffer, page->bytes + segment->offset, segment->length);
  else if (page->read_only)
    return false;
  else
    memcpy (page->bytes + segment->offset, copy->buffer, segment->length);
  return true;
}

void
grants_copy (struct grants *grants)
{
  unsigned i;

  for (i = 0; i < grants->noted; i++)
    if (!copy_segment (&grants->copies[i]))
      *grants->copies[i].ok = false;
  grants->noted = 0;
}

struct channel *
channel_open (uint32_t domid, uint32_t remote_port)
{
  const uint32_t n = remote_port - GUEST_PORT;
  struct channel *channel;

  CHECK (domid == GUEST_DOMID);
  errno = EINVAL;
  if (n >= GUEST_RINGS || guest.rings[n].bound || fails (&guest.fail_open))
    return NULL;
  channel = calloc (1, sizeof *channel);
  CHECK (channel != NULL);
  channel->ring = &guest.rings[n];
  channel->ring->bound = true;
  channel->ring->event = true; /* as Xen does: binding is an event */
  channel->ring->masked = false;
  return channel;
}

void
channel_close (struct channel *channel)
{
  if (channel == NULL)
    return;
  channel->ring->bound = channel->ring->event = false;
  free (channel);
}

int
channel_fd (struct channel *channel)
{
  return GUEST_FD + (int) (channel->ring - guest.rings);
}

bool
channel_pending (struct channel *channel)
{
  CHECK (channel->ring->event && !channel->ring->masked); /* or it blocks */
  channel->ring->event = false;
  channel->ring->masked = true;
  return true;
}

void
channel_unmask (struct channel *channel)
{
  channel->ring->masked = false;
}

void
channel_notify (struct channel *channel)
{
  channel->ring->notified++;
}

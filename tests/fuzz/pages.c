/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include "fake-guest.h"
#include "fuzz.h"
#include "pages.h"

static uint64_t next_tag;

void
pages_use (const struct blkif_io *io)
{
  const bool read = io->kind == BLKIF_READ;
  unsigned i, at;

  for (i = 0; i < io->nsegments; i++) {
    const struct blkif_segment *segment = &io->segments[i];
    struct guest_page *page = guest_page (segment->gref);

    if (!page)
      continue;
    page->dirty |= page->users++ > 0;
    for (at = 0; !page->dirty && at < segment->length; at += 512)
      sector_fill (page->bytes + segment->offset + at,
                   read ? 2 : 0x1000000u + ++next_tag);
  }
}

void
pages_release (const struct blkif_io *io)
{
  unsigned i;

  for (i = 0; i < io->nsegments; i++) {
    struct guest_page *page = guest_page (io->segments[i].gref);

    if (page && --page->users == 0)
      page->dirty = false;
  }
}

void
pages_check (const struct blkif_io *io)
{
  unsigned i;

  for (i = 0; i < io->nsegments; i++) {
    const struct guest_page *page = guest_page (io->segments[i].gref);

    CHECK (page != NULL && !page->revoked && !page->read_only);
  }
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grants.h"
#include "mapper.h"
#include "persistent.h"

_Static_assert (BLKIF_INDIRECT_MAX <= GRANTS_BATCH, "a request fits");

/* A page that the host has paged out answers GNTST_eagain for a while. */
#define EAGAIN_TRIES 100

struct grants {
  struct mapper mapper;
  struct persistent *kept;                            /* NULL: nothing is */
  unsigned noted;                                     /* used of the arrays */
  struct xengnttab_grant_copy_segment copies[GRANTS_BATCH];
  bool *ok[GRANTS_BATCH];                             /* the caller's */
};

struct grants *
grants_open (uint32_t domid)
{
  struct grants *grants = calloc (1, sizeof *grants);

  if (grants == NULL)
    return NULL;
  grants->mapper.domid = domid;
  grants->mapper.handle = xengnttab_open (NULL, 0);
  if (grants->mapper.handle == NULL) {
    int saved = errno;

    grants_close (grants);
    errno = saved;
    return NULL;
  }
  return grants;
}

void
grants_close (struct grants *grants)
{
  if (grants == NULL)
    return;
  persistent_free (grants->kept);
  if (grants->mapper.handle)
    xengnttab_close (grants->mapper.handle);
  free (grants);
}

int
grants_keep (struct grants *grants, unsigned most)
{
  grants->kept = persistent_new (&grants->mapper, most);
  return grants->kept ? 0 : -1;
}

unsigned
grants_tick (struct grants *grants)
{
  return grants->kept ? persistent_tick (grants->kept) : 0;
}

void *
grants_map (struct grants *grants, const uint32_t *refs, unsigned count)
{
  return mapper_map (&grants->mapper, refs, count);
}

void
grants_unmap (struct grants *grants, void *pages, unsigned count)
{
  mapper_unmap (&grants->mapper, pages, count);
}

static void
note_segment (struct grants *grants, const struct blkif_segment *segment,
              enum grants_direction direction, char *buffer, bool *ok)
{
  struct xengnttab_grant_copy_segment *copy = &grants->copies[grants->noted];
  union xengnttab_copy_ptr *guest, *ours;

  memset (copy, 0, sizeof *copy);
  if (direction == GRANTS_FROM_GUEST) {
    guest = &copy->source;
    ours = &copy->dest;
    copy->flags = GNTCOPY_source_gref;
  }
  else {
    guest = &copy->dest;
    ours = &copy->source;
    copy->flags = GNTCOPY_dest_gref;
  }
  guest->foreign.ref = segment->gref;
  guest->foreign.offset = segment->offset;
  guest->foreign.domid = grants->mapper.domid;
  ours->virt = buffer;
  copy->len = segment->length;
  grants->ok[grants->noted++] = ok;
}

/* Through a page that is kept mapped.  The guest may write to it meanwhile,
 * but `buffer` is ours, and nobody looks at the page again.
 */
static bool
copy_kept (struct grants *grants, const struct blkif_segment *segment,
           enum grants_direction direction, char *buffer)
{
  char *page = grants->kept ? persistent_get (grants->kept, segment->gref)
                            : NULL;

  if (page == NULL)
    return false;
  if (direction == GRANTS_FROM_GUEST)
    memcpy (buffer, page + segment->offset, segment->length);
  else
    memcpy (page + segment->offset, buffer, segment->length);
  return true;
}

bool
grants_note (struct grants *grants, const struct blkif_segment *segments,
             unsigned count, enum grants_direction direction, char *buffer,
             bool *ok)
{
  unsigned i;

  if (count > GRANTS_BATCH - grants->noted)
    return false;
  *ok = true;
  for (i = 0; i < count; i++) {
    if (!copy_kept (grants, &segments[i], direction, buffer))
      note_segment (grants, &segments[i], direction, buffer, ok);
    buffer += segments[i].length;
  }
  return true;
}

/* Run copies[first..] again as long as the only trouble is paging. */
static void
retry_eagain (struct grants *grants, unsigned first)
{
  struct xengnttab_grant_copy_segment *copy = &grants->copies[first];
  unsigned tries;

  for (tries = 0; copy->status == GNTST_eagain && tries < EAGAIN_TRIES;
       tries++)
    if (xengnttab_grant_copy (grants->mapper.handle, 1, copy) == -1)
      copy->status = GNTST_general_error;
}

void
grants_copy (struct grants *grants)
{
  unsigned i;
  int r;

  if (grants->noted == 0)
    return;
  r = xengnttab_grant_copy (grants->mapper.handle, grants->noted,
                            grants->copies);
  for (i = 0; i < grants->noted; i++) {
    if (r == 0)
      retry_eagain (grants, i);
    if (r == -1 || grants->copies[i].status != GNTST_okay)
      *grants->ok[i] = false;
  }
  grants->noted = 0;
}

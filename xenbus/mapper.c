/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "mapper.h"
#include "ring.h"

void *
mapper_map (const struct mapper *mapper, const uint32_t *refs, unsigned count)
{
  uint32_t copy[RING_PAGES_MAX]; /* the library may change what it is given */

  if (count == 0 || count > RING_PAGES_MAX) {
    errno = EINVAL;
    return NULL;
  }
  memcpy (copy, refs, count * sizeof copy[0]);
  return xengnttab_map_domain_grant_refs (mapper->handle, count,
                                          mapper->domid, copy,
                                          PROT_READ | PROT_WRITE);
}

void
mapper_unmap (const struct mapper *mapper, void *pages, unsigned count)
{
  if (pages)
    xengnttab_unmap (mapper->handle, pages, count);
}

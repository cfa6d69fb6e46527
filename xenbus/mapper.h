/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Pages that a guest granted, mapped.
 */

#ifndef XENBUS_MAPPER_H
#define XENBUS_MAPPER_H

#include <stdint.h>

#include "xen-public.h"

#include <xengnttab.h>

struct mapper {
  xengnttab_handle *handle; /* the owner's */
  uint32_t domid;           /* the guest */
};

/* Map the pages of `count` grants, up to RING_PAGES_MAX, in a row, to read and
 * write.  Returns the first byte, or NULL with errno.
 */
extern void *mapper_map (const struct mapper *mapper, const uint32_t *refs,
                         unsigned count);

/* Unmap what mapper_map returned.  NULL is allowed. */
extern void mapper_unmap (const struct mapper *mapper, void *pages,
                          unsigned count);

#endif

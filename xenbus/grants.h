/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A guest's memory, as far as the guest granted it: mapped for its ring,
 * copied for its data.
 */

#ifndef XENBUS_GRANTS_H
#define XENBUS_GRANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "blkif.h"

#define GRANTS_BATCH 352u /* copies in one call: 32 requests of 11 segments */

struct grants;

/* Open the grant device for the guest `domid`.  Returns NULL with errno. */
extern struct grants *grants_open (uint32_t domid);

/* Close it.  Whatever is still mapped is unmapped by the kernel.  NULL is
 * allowed.
 */
extern void grants_close (struct grants *grants);

/* Map `count` granted pages, up to RING_PAGES_MAX, in a row, to read and write.
 * Returns the first byte, or NULL with errno: a page that cannot be mapped is
 * the guest's fault and nothing worse (XSA-362).
 */
extern void *grants_map (struct grants *grants, const uint32_t *refs,
                         unsigned count);

/* Unmap what grants_map returned.  NULL is allowed. */
extern void grants_unmap (struct grants *grants, void *pages, unsigned count);

/* The guest keeps its grants for ever: keep up to `most` pages of its data
 * mapped (1 to PERSISTENT_MAX).  They are unmapped with grants_close.  Returns
 * 0, or -1 when out of memory.
 */
extern int grants_keep (struct grants *grants, unsigned most);

/* To be called at regular intervals: give back what was kept and not used, see
 * persistent.h.  Returns how many pages are left.
 */
extern unsigned grants_tick (struct grants *grants);

/* Which way the bytes go. */
enum grants_direction {
  GRANTS_FROM_GUEST,
  GRANTS_TO_GUEST,
};

/* Note a copy between the `count` segments, at most GRANTS_BATCH, and as many
 * bytes as they have together at `buffer`; grants_copy runs all that were
 * noted.  Pages that are kept mapped are copied at once.  `ok` is set to true
 * here and to false by grants_copy if any segment cannot be copied; it must
 * stay valid until then.
 *
 * Returns false if the batch is full: run it and call again.
 */
extern bool grants_note (struct grants *grants,
                         const struct blkif_segment *segments, unsigned count,
                         enum grants_direction direction, char *buffer,
                         bool *ok);

/* Run the noted copies.  Each segment's own status is looked at (XSA-361).
 * Afterwards the batch is empty.
 */
extern void grants_copy (struct grants *grants);

#endif

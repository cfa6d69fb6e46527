/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The model's view of the guest's data pages.
 */

#ifndef PAGES_H
#define PAGES_H

#include "xenbus/blkif.h"

/* The request was taken: count its segments' pages as used.  A page that is
 * used twice at a time may hold anything.
 */
extern void pages_use (const struct blkif_io *io);

/* It was answered: count them as not used. */
extern void pages_release (const struct blkif_io *io);

/* What was read can be there. */
extern void pages_check (const struct blkif_io *io);

#endif

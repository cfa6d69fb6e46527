/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Persistent grants: pages that the guest uses again and again, kept mapped.
 *
 * Nothing is ever in use between two calls: whoever gets a page copies from
 * or to it at once, so every page can be unmapped at any time.
 */

#ifndef XENBUS_PERSISTENT_H
#define XENBUS_PERSISTENT_H

#include <stdint.h>

#define PERSISTENT_MAX 1056u /* pages; what 32 requests of 32 segments need,
                              * which are Linux's, with their tables */
#define PERSISTENT_IDLE   3u /* ticks without use before a page goes back */
#define PERSISTENT_EVICT 20u /* when there is no room, one page of so many */

struct mapper;
struct persistent;

/* Keep at most `most` pages, 1 to PERSISTENT_MAX, mapped with `mapper`, which
 * stays the caller's and must outlive them.  Returns NULL when out of memory.
 */
extern struct persistent *persistent_new (const struct mapper *mapper,
                                          unsigned most);

/* Unmap everything and free.  NULL is allowed. */
extern void persistent_free (struct persistent *persistent);

/* The guest's page of this grant, to read and write until the next call; it
 * is mapped if it is not yet.  NULL if there is no room, or if it cannot be
 * mapped, as one that the guest granted to read only: copy it by its grant.
 */
extern void *persistent_get (struct persistent *persistent, uint32_t ref);

/* To be called at regular intervals: unmap what was not used for
 * PERSISTENT_IDLE of them, and, if there was no room, some of what was not
 * used for longest.  Returns how many pages are left.
 */
extern unsigned persistent_tick (struct persistent *persistent);

#endif

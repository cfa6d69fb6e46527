/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker does to be small: there is one for every disk.
 */

#ifndef BRIDGE_MEMORY_H
#define BRIDGE_MEMORY_H

/* Unmap the pages of programs and libraries that were needed to start and
 * are not now: libnbd alone brings in libraries of several megabytes that
 * serve for the parsing of URIs.  They are read-only pages of files, so
 * whatever is touched again comes back from the page cache.
 */
extern void memory_release_text (void);

#endif

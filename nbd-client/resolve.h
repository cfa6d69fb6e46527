/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A host name's addresses, looked up without blocking the loop.
 */

#ifndef NBD_CLIENT_RESOLVE_H
#define NBD_CLIENT_RESOLVE_H

#include <stdbool.h>

#include <ev.h>

#define RESOLVE_ADDRESSES_MAX  8  /* addresses of one name that are tried */
#define RESOLVE_LITERAL_MAX   64  /* bytes of an address with zone and NUL */

struct resolve;

/* Is `host` an address already, with nothing to look up? */
extern bool resolve_is_literal (const char *host);

/* Look up `host` (copied).  The loop wakes up when that is done.  Returns
 * NULL with errno.
 */
extern struct resolve *resolve_new (struct ev_loop *loop, const char *host);

/* -1: not done yet; 0: failed, see resolve_reason; else the number of
 * addresses, in the order in which they should be tried.
 */
extern int resolve_count (struct resolve *resolve);

/* Valid until resolve_free. */
extern const char *resolve_address (struct resolve *resolve, int index);
extern const char *resolve_reason (struct resolve *resolve);

/* Never blocks, whether the look-up is done or not.  NULL is allowed. */
extern void resolve_free (struct resolve *resolve);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The requests of one ring, one for each of its entries, and their memory: it
 * costs address space only, until a request of that size comes.
 */

#ifndef BRIDGE_POOL_H
#define BRIDGE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "request.h"

/* All zero: there is nothing. */
struct pool {
  struct request *requests;
  uint32_t count;                /* requests */
  char *memory;                  /* the requests', one mapping */
  size_t size;                   /* bytes of memory */
};

/* Have `count` requests with buffers and all, and `scratch` bytes of scratch
 * memory each; the first is the first on `list`.  Returns 0, or -1 when out of
 * memory; pool_free is allowed then, too.
 */
extern int pool_allocate (struct pool *pool, uint32_t count, size_t scratch,
                          struct request_list *list);

/* Give memory back to the system: all of it, when no request is in use; or what
 * the buffer of this request has, which is in use no more.
 */
extern void pool_trim (struct pool *pool);
extern void pool_trim_one (struct request *request);

/* Free all; the pool is not used again. */
extern void pool_free (struct pool *pool);

#endif

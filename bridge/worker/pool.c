/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdlib.h>
#include <sys/mman.h>

#include "pool.h"
#include "xenbus/xen-public.h"

/* One request's share of pool->memory: data, in the middle of what the client
 * may write to; a page for its segments, as the guest gave them and as they
 * were parsed; scratch.
 */
#define DATA_SIZE (NBD_CLIENT_MARGIN + NBD_CLIENT_TRANSFER_MAX + \
                   NBD_CLIENT_MARGIN)
#define PARSED_SIZE (BLKIF_INDIRECT_MAX * sizeof (struct blkif_segment))
#define STRIDE (DATA_SIZE + BLKIF_TABLE_MAX + PARSED_SIZE)

_Static_assert (BLKIF_DATA_MAX <= NBD_CLIENT_TRANSFER_MAX, "a request fits");

static int
map_memory (struct pool *pool, size_t size)
{
  void *memory = mmap (NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (memory == MAP_FAILED)
    return -1;
  pool->memory = memory;
  pool->size = size;
  madvise (memory, size, MADV_NOHUGEPAGE);
  return 0;
}

int
pool_allocate (struct pool *pool, uint32_t count, size_t scratch,
               struct request_list *list)
{
  const size_t size = (STRIDE + scratch + XEN_PAGE_SIZE - 1) &
                      ~(size_t) (XEN_PAGE_SIZE - 1);
  uint32_t i;

  pool->requests = calloc (count, sizeof *pool->requests);
  if (pool->requests == NULL || map_memory (pool, count * size) == -1)
    return -1;
  pool->count = count;
  for (i = 0; i < count; i++) {
    struct request *request = &pool->requests[i];
    char *share = pool->memory + i * size;

    request->buffer = share + NBD_CLIENT_MARGIN;
    request->table = share + DATA_SIZE;
    request->io.segments = (void *) (request->table + BLKIF_TABLE_MAX);
    request->scratch = scratch ? share + STRIDE : NULL;
    request_append (list, request);
  }
  return 0;
}

void
pool_trim (struct pool *pool)
{
  madvise (pool->memory, pool->size, MADV_DONTNEED);
}

void
pool_trim_one (struct request *request)
{
  madvise (request->buffer - NBD_CLIENT_MARGIN, DATA_SIZE, MADV_DONTNEED);
}

void
pool_free (struct pool *pool)
{
  if (pool->memory)
    munmap (pool->memory, pool->size);
  free (pool->requests);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <xen/grant_table.h>

#include "host.h"

int
fx_grant_check (struct fx_domain *owner, uint32_t ref, uint32_t reader,
                bool write, uint32_t *frame)
{
  uint64_t entry;

  if (owner == NULL)
    return GNTST_bad_domain;
  if (ref >= FX_GRANTS)
    return GNTST_bad_gntref;
  entry = atomic_load_explicit (&owner->grants[ref].entry,
                                memory_order_acquire);
  /* The hypervisor has one answer to all of these. */
  if (!(entry & FX_GRANT_VALID) || FX_GRANT_READER (entry) != reader ||
      (write && (entry & FX_GRANT_READONLY)) ||
      FX_GRANT_FRAME (entry) >= FX_PAGES)
    return GNTST_general_error;
  *frame = FX_GRANT_FRAME (entry);
  return GNTST_okay;
}

int
fx_map (int handle, uint32_t domid, uint32_t ref, bool write, int *status,
        uint32_t *frame)
{
  struct fx_domain *owner = fx_domain (domid);
  struct fx_map *maps = fx_host->maps;
  uint32_t i, tried;

  *status = fx_grant_check (owner, ref, fx_host->handles[handle].domid,
                            write, frame);
  if (*status != GNTST_okay)
    return -1;
  fx_lock ();
  i = fx_host->map_next;
  for (tried = 0; tried < FX_MAPS && maps[i].handle; tried++)
    i = (i + 1) % FX_MAPS;
  if (tried == FX_MAPS) {
    fx_unlock ();
    *status = GNTST_no_device_space;
    return -1;
  }
  maps[i].domid = domid;
  maps[i].ref = ref;
  maps[i].notify_offset = FX_PAGE;
  maps[i].notify_port = 0;
  maps[i].handle = handle + 1;
  atomic_fetch_add (&owner->grants[ref].maps, 1);
  fx_host->map_next = (i + 1) % FX_MAPS;
  if (i >= fx_host->map_high)
    fx_host->map_high = i + 1;
  fx_unlock ();
  return i;
}

void
fx_unmap_locked (uint32_t record)
{
  struct fx_map *map = &fx_host->maps[record];
  struct fx_domain *owner = fx_domain (map->domid);

  if (owner) {
    struct fx_grant *grant = &owner->grants[map->ref];

    if (map->notify_offset < FX_PAGE)
      fx_domain_page (owner, FX_GRANT_FRAME (atomic_load (&grant->entry)))
        [map->notify_offset] = 0;
    atomic_fetch_sub (&grant->maps, 1);
  }
  if (map->notify_port)
    fx_notify (fx_host->handles[map->handle - 1].domid, map->notify_port);
  map->handle = 0;
  fx_host->map_next = record;
}

void
fx_unmap (uint32_t record)
{
  fx_lock ();
  fx_unmap_locked (record);
  fx_unlock ();
}

unsigned
fx_maps (void)
{
  unsigned n = 0;
  uint32_t i;

  fx_lock ();
  fx_reap_locked ();
  for (i = 0; i < fx_host->map_high; i++)
    if (fx_host->maps[i].handle)
      n++;
  fx_unlock ();
  return n;
}

unsigned
fx_grant_maps (struct fx_domain *owner, uint32_t ref)
{
  unsigned n = atomic_load (&owner->grants[ref].maps);

  if (n == 0)
    return 0;
  fx_reap (); /* whoever maps it may be dead */
  return atomic_load (&owner->grants[ref].maps);
}

int64_t
fx_pages_alloc (struct fx_domain *domain, unsigned count)
{
  uint32_t start, i;
  int64_t found = -1;

  fx_lock ();
  for (start = 0; start + count <= FX_PAGES && found == -1; start = i + 1) {
    for (i = start; i < start + count && !domain->page_used[i]; i++)
      ;
    if (i == start + count)
      found = start;
  }
  if (found != -1) {
    memset (&domain->page_used[found], 1, count);
    memset (fx_domain_page (domain, found), 0, (size_t) count * FX_PAGE);
  }
  else
    errno = ENOMEM;
  fx_unlock ();
  return found;
}

void
fx_pages_free (struct fx_domain *domain, uint32_t frame, unsigned count)
{
  fx_lock ();
  memset (&domain->page_used[frame], 0, count);
  fx_unlock ();
}

/* Numbers go round, so that a stale one is seldom a valid one. */
int
fx_grants_alloc (struct fx_domain *domain, unsigned count, uint32_t *refs)
{
  uint32_t ref, tried;
  unsigned n = 0;

  fx_lock ();
  ref = domain->grant_next;
  for (tried = 0; tried < FX_GRANTS && n < count; tried++) {
    if (ref >= FX_GRANTS || ref < 8)
      ref = 8;
    if (!domain->grant_used[ref]) {
      domain->grant_used[ref] = 1;
      refs[n++] = ref;
    }
    ref++;
  }
  domain->grant_next = ref;
  fx_unlock ();
  if (n == count)
    return 0;
  fx_grants_free (domain, n, refs);
  errno = ENOSPC;
  return -1;
}

void
fx_grants_free (struct fx_domain *domain, unsigned count,
                const uint32_t *refs)
{
  unsigned i;

  fx_lock ();
  for (i = 0; i < count; i++)
    domain->grant_used[refs[i]] = 0;
  fx_unlock ();
}

void
fx_grant (struct fx_domain *domain, uint32_t ref, uint32_t frame,
          uint32_t reader, bool readonly)
{
  atomic_store_explicit (&domain->grants[ref].entry,
                         FX_GRANT_VALID |
                         (readonly ? FX_GRANT_READONLY : 0) |
                         (uint64_t) reader << 32 | frame,
                         memory_order_release);
}

int
fx_revoke (struct fx_domain *domain, uint32_t ref)
{
  if (fx_grant_maps (domain, ref) > 0) {
    fx_count (FX_COUNT_revoke_refused, 1);
    errno = EBUSY;
    return -1;
  }
  atomic_store (&domain->grants[ref].entry, 0);
  return 0;
}

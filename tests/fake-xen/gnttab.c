/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * libxengnttab.so.1 of the fake host: xengnttab_*.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xengnttab.h>

#include "host.h"

/* What one call has mapped; it is unmapped as a whole or not at all. */
struct mapping {
  struct mapping *next;
  char *address;
  uint32_t count;
  uint32_t records[];
};

struct xengntdev_handle {
  int index, lock_fd;
  uint32_t self;
  pthread_mutex_t mutex; /* of the list */
  struct mapping *mappings;
};

xengnttab_handle *
xengnttab_open (struct xentoollog_logger *logger, unsigned flags)
{
  xengnttab_handle *h;
  int error;

  (void) logger;
  (void) flags;
  if (fx_attach () == -1)
    return NULL;
  if (fx_fault (FX_FAULT_open, ENODEV, &error)) {
    errno = error;
    return NULL;
  }
  h = calloc (1, sizeof *h);
  if (h == NULL)
    return NULL;
  h->self = fx_self ();
  h->index = fx_handle_open (FX_GNTTAB, h->self, &h->lock_fd);
  if (h->index == -1) {
    free (h);
    return NULL;
  }
  pthread_mutex_init (&h->mutex, NULL);
  return h;
}

int
xengnttab_close (xengnttab_handle *h)
{
  struct mapping *mapping;

  if (h == NULL)
    return 0;
  /* The pages go with the handle.  (The kernel keeps them until munmap; a
   * program that counts on that gets a fault here.)
   */
  while ((mapping = h->mappings)) {
    h->mappings = mapping->next;
    munmap (mapping->address, (size_t) mapping->count * FX_PAGE);
    free (mapping);
  }
  fx_handle_close (h->index, h->lock_fd);
  pthread_mutex_destroy (&h->mutex);
  free (h);
  return 0;
}

int
xengnttab_fd (xengnttab_handle *h)
{
  return h->lock_fd;
}

int
xengnttab_set_max_grants (xengnttab_handle *h, uint32_t count)
{
  (void) h;
  (void) count;
  return 0; /* as on any kernel since 2.6.39 */
}

static uint32_t
domid_of (xengnttab_handle *h, uint32_t domid)
{
  return domid == DOMID_SELF ? h->self : domid;
}

/* Map page `i` of the mapping; false: refused. */
static bool
map_page (xengnttab_handle *h, struct mapping *mapping, uint32_t i,
          uint32_t domid, uint32_t ref, int prot)
{
  bool write = prot & PROT_WRITE;
  uint32_t frame;
  int status, record, error;

  if (fx_fault (FX_FAULT_map_page, EINVAL, &error))
    return false;
  record = fx_map (h->index, domid, ref, write, &status, &frame);
  if (record == -1) {
    fx_count (FX_COUNT_map_refused, 1);
    return false;
  }
  mapping->records[i] = record;
  if (mmap (mapping->address + (size_t) i * FX_PAGE, FX_PAGE, prot,
            MAP_SHARED|MAP_FIXED, fx_domain_fd (fx_domain (domid)),
            FX_MEMORY + (off_t) frame * FX_PAGE) == MAP_FAILED) {
    fx_unmap (record);
    return false;
  }
  return true;
}

static void
drop_mapping (struct mapping *mapping, uint32_t mapped)
{
  uint32_t i;

  munmap (mapping->address, (size_t) mapping->count * FX_PAGE);
  for (i = 0; i < mapped; i++)
    fx_unmap (mapping->records[i]);
  free (mapping);
}

/* domids[i * step]: one for all, or one each. */
static void *
map_pages (xengnttab_handle *h, uint32_t count, const uint32_t *domids,
           unsigned step, const uint32_t *refs, int prot)
{
  struct mapping *mapping;
  uint32_t i;
  int error = EINVAL;

  errno = EINVAL;
  if (count == 0 || count > FX_MAPS)
    return NULL;
  if (fx_fault (FX_FAULT_map, ENOMEM, &error)) {
    errno = error;
    return NULL;
  }
  mapping = malloc (sizeof *mapping + count * sizeof mapping->records[0]);
  if (mapping == NULL)
    return NULL;
  mapping->count = count;
  mapping->address = mmap (NULL, (size_t) count * FX_PAGE, PROT_NONE,
                           MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);
  if (mapping->address == MAP_FAILED) {
    free (mapping);
    return NULL;
  }
  for (i = 0; i < count; i++)
    if (!map_page (h, mapping, i, domid_of (h, domids[i * step]), refs[i],
                   prot)) {
      drop_mapping (mapping, i);
      errno = EINVAL;
      return NULL;
    }
  fx_count (FX_COUNT_map, count);
  pthread_mutex_lock (&h->mutex);
  mapping->next = h->mappings;
  h->mappings = mapping;
  pthread_mutex_unlock (&h->mutex);
  return mapping->address;
}

void *
xengnttab_map_grant_ref (xengnttab_handle *h, uint32_t domid, uint32_t ref,
                         int prot)
{
  return map_pages (h, 1, &domid, 0, &ref, prot);
}

void *
xengnttab_map_grant_refs (xengnttab_handle *h, uint32_t count,
                          uint32_t *domids, uint32_t *refs, int prot)
{
  return map_pages (h, count, domids, 1, refs, prot);
}

void *
xengnttab_map_domain_grant_refs (xengnttab_handle *h, uint32_t count,
                                 uint32_t domid, uint32_t *refs, int prot)
{
  return map_pages (h, count, &domid, 0, refs, prot);
}

void *
xengnttab_map_grant_ref_notify (xengnttab_handle *h, uint32_t domid,
                                uint32_t ref, int prot, uint32_t offset,
                                evtchn_port_t port)
{
  char *address = map_pages (h, 1, &domid, 0, &ref, prot);
  struct mapping *mapping;

  if (address == NULL)
    return NULL;
  pthread_mutex_lock (&h->mutex);
  for (mapping = h->mappings; mapping->address != address;
       mapping = mapping->next)
    ;
  if (offset < FX_PAGE)
    fx_host->maps[mapping->records[0]].notify_offset = offset;
  if (port != (evtchn_port_t) -1 && port < FX_PORTS)
    fx_host->maps[mapping->records[0]].notify_port = port;
  pthread_mutex_unlock (&h->mutex);
  return address;
}

int
xengnttab_unmap (xengnttab_handle *h, void *start, uint32_t count)
{
  struct mapping **p, *mapping;

  pthread_mutex_lock (&h->mutex);
  for (p = &h->mappings; *p && (*p)->address != start; p = &(*p)->next)
    ;
  mapping = *p;
  if (start == NULL || mapping == NULL || mapping->count != count) {
    pthread_mutex_unlock (&h->mutex);
    fx_count (FX_COUNT_unmap_refused, 1);
    errno = EINVAL;
    return -1;
  }
  *p = mapping->next;
  pthread_mutex_unlock (&h->mutex);
  drop_mapping (mapping, count);
  fx_count (FX_COUNT_unmap, count);
  return 0;
}

/* One side of a copy: where its bytes are.  Returns GNTST_*. */
static int
copy_side (xengnttab_handle *h, const union xengnttab_copy_ptr *ptr,
           bool is_grant, bool write, char **bytes)
{
  uint32_t domid, frame;
  int status;

  *bytes = ptr->virt;
  if (!is_grant)
    return GNTST_okay;
  domid = domid_of (h, ptr->foreign.domid);
  status = fx_grant_check (fx_domain (domid), ptr->foreign.ref, h->self,
                           write, &frame);
  if (status != GNTST_okay)
    return status;
  atomic_fetch_add_explicit
    (&fx_domain (domid)->grants[ptr->foreign.ref].copies, 1,
     memory_order_relaxed);
  *bytes = fx_domain_page (fx_domain (domid), frame) + ptr->foreign.offset;
  return GNTST_okay;
}

static int
copy_segment (xengnttab_handle *h, struct xengnttab_grant_copy_segment *seg)
{
  char *source, *dest;
  int status;

  if (fx_fault (FX_FAULT_copy_segment, GNTST_general_error, &status))
    return status;
  status = copy_side (h, &seg->source, seg->flags & GNTCOPY_source_gref,
                      false, &source);
  if (status == GNTST_okay)
    status = copy_side (h, &seg->dest, seg->flags & GNTCOPY_dest_gref,
                        true, &dest);
  if (status == GNTST_okay)
    memcpy (dest, source, seg->len);
  else
    fx_count (FX_COUNT_copy_refused, 1);
  return status;
}

/* The kernel looks at these itself, and ends the call. */
static bool
crosses_page (const struct xengnttab_grant_copy_segment *seg)
{
  return ((seg->flags & GNTCOPY_source_gref) &&
          seg->source.foreign.offset + seg->len > (int) FX_PAGE) ||
         ((seg->flags & GNTCOPY_dest_gref) &&
          seg->dest.foreign.offset + seg->len > (int) FX_PAGE);
}

int
xengnttab_grant_copy (xengnttab_handle *h, uint32_t count,
                      xengnttab_grant_copy_segment_t *segs)
{
  uint64_t bytes = 0;
  uint32_t i;
  int error;

  if (fx_fault (FX_FAULT_copy, EFAULT, &error)) {
    errno = error;
    return -1;
  }
  for (i = 0; i < count; i++) {
    if (crosses_page (&segs[i])) {
      fx_count (FX_COUNT_copy_refused, 1);
      errno = EINVAL;
      return -1;
    }
    segs[i].status = copy_segment (h, &segs[i]);
    bytes += segs[i].len;
  }
  fx_count (FX_COUNT_copy, 1);
  fx_count (FX_COUNT_copy_segment, count);
  fx_count (FX_COUNT_copy_bytes, bytes);
  return 0;
}

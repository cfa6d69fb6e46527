/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * libxengnttab.so.1 of the fake host: xengntshr_*, and what it lacks.
 */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <xengnttab.h>

#include "host.h"

struct share {
  struct share *next;
  char *address;
  uint32_t frame, count;
  uint32_t refs[];
};

struct xengntdev_handle {
  int index, lock_fd;
  uint32_t self;
  struct share *shares;
};

xengntshr_handle *
xengntshr_open (struct xentoollog_logger *logger, unsigned flags)
{
  xengntshr_handle *h;

  (void) logger;
  (void) flags;
  if (fx_attach () == -1)
    return NULL;
  h = calloc (1, sizeof *h);
  if (h == NULL)
    return NULL;
  h->self = fx_self ();
  h->index = fx_handle_open (FX_GNTSHR, h->self, &h->lock_fd);
  if (h->index == -1) {
    free (h);
    return NULL;
  }
  return h;
}

int
xengntshr_fd (xengntshr_handle *h)
{
  return h->lock_fd;
}

void *
xengntshr_share_pages (xengntshr_handle *h, uint32_t domid, int count,
                       uint32_t *refs, int writable)
{
  struct fx_domain *domain = fx_domain (h->self);
  struct share *share;
  int64_t frame = -1;
  int i;

  errno = EINVAL;
  if (domain == NULL || count <= 0)
    return NULL;
  share = malloc (sizeof *share + count * sizeof share->refs[0]);
  if (share)
    frame = fx_pages_alloc (domain, count);
  if (frame == -1 || fx_grants_alloc (domain, count, share->refs) == -1) {
    if (frame != -1)
      fx_pages_free (domain, frame, count);
    free (share);
    return NULL;
  }
  for (i = 0; i < count; i++) {
    refs[i] = share->refs[i];
    fx_grant (domain, refs[i], frame + i, domid, !writable);
  }
  share->frame = frame;
  share->count = count;
  share->address = fx_domain_page (domain, frame);
  share->next = h->shares;
  h->shares = share;
  return share->address;
}

void *
xengntshr_share_page_notify (xengntshr_handle *h, uint32_t domid,
                             uint32_t *ref, int writable, uint32_t offset,
                             evtchn_port_t port)
{
  (void) offset;
  (void) port;
  return xengntshr_share_pages (h, domid, 1, ref, writable);
}

/* A page that is still mapped is kept, and its grant, as Linux does. */
static void
end_share (xengntshr_handle *h, struct share *share)
{
  struct fx_domain *domain = fx_domain (h->self);
  uint32_t i;

  for (i = 0; domain && i < share->count; i++)
    if (fx_revoke (domain, share->refs[i]) == 0) {
      fx_grants_free (domain, 1, &share->refs[i]);
      fx_pages_free (domain, share->frame + i, 1);
    }
  free (share);
}

int
xengntshr_unshare (xengntshr_handle *h, void *start, uint32_t count)
{
  struct share **p, *share;

  for (p = &h->shares; *p && (*p)->address != start; p = &(*p)->next)
    ;
  share = *p;
  if (share == NULL || share->count != count) {
    errno = EINVAL;
    return -1;
  }
  *p = share->next;
  end_share (h, share);
  return 0;
}

int
xengntshr_close (xengntshr_handle *h)
{
  struct share *share;

  if (h == NULL)
    return 0;
  while ((share = h->shares)) {
    h->shares = share->next;
    end_share (h, share);
  }
  fx_handle_close (h->index, h->lock_fd);
  free (h);
  return 0;
}

/* dma-buf needs a kernel. */

static int
no_dmabuf (void)
{
  errno = ENOSYS;
  return -1;
}

int
xengnttab_dmabuf_exp_from_refs (xengnttab_handle *h, uint32_t domid,
                                uint32_t flags, uint32_t count,
                                const uint32_t *refs, uint32_t *fd)
{
  (void) h;
  (void) domid;
  (void) flags;
  (void) count;
  (void) refs;
  (void) fd;
  return no_dmabuf ();
}

int
xengnttab_dmabuf_exp_wait_released (xengnttab_handle *h, uint32_t fd,
                                    uint32_t wait_ms)
{
  (void) h;
  (void) fd;
  (void) wait_ms;
  return no_dmabuf ();
}

int
xengnttab_dmabuf_imp_to_refs (xengnttab_handle *h, uint32_t domid,
                              uint32_t fd, uint32_t count, uint32_t *refs)
{
  (void) h;
  (void) domid;
  (void) fd;
  (void) count;
  (void) refs;
  return no_dmabuf ();
}

int
xengnttab_dmabuf_imp_release (xengnttab_handle *h, uint32_t fd)
{
  (void) h;
  (void) fd;
  return no_dmabuf ();
}

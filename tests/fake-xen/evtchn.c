/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * libxenevtchn.so.1 of the fake host.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <xenevtchn.h>

#include "host.h"

struct xenevtchn_handle {
  int index, lock_fd;
  int fd;              /* the FIFO that ports arrive in */
  uint32_t self;
  int64_t restricted;  /* the only domain to talk to; -1: any */
};

xenevtchn_handle *
xenevtchn_open (struct xentoollog_logger *logger, unsigned flags)
{
  xenevtchn_handle *h;
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
  h->restricted = -1;
  h->index = fx_handle_open (FX_EVTCHN, h->self, &h->lock_fd);
  if (h->index == -1) {
    free (h);
    return NULL;
  }
  h->fd = fx_events_open (h->index);
  if (h->fd == -1) {
    fx_handle_close (h->index, h->lock_fd);
    free (h);
    return NULL;
  }
  return h;
}

xenevtchn_handle *
xenevtchn_fdopen (struct xentoollog_logger *logger, int fd, unsigned flags)
{
  (void) logger;
  (void) fd;
  (void) flags;
  errno = ENOSYS; /* the descriptor alone does not say which handle it was */
  return NULL;
}

int
xenevtchn_close (xenevtchn_handle *h)
{
  if (h == NULL)
    return 0;
  fx_handle_close (h->index, h->lock_fd);
  close (h->fd);
  free (h);
  return 0;
}

int
xenevtchn_fd (xenevtchn_handle *h)
{
  return h->fd;
}

/* Refuse a port that the handle does not hold. */
static int
check (xenevtchn_handle *h, evtchn_port_t port, enum fx_counter refused)
{
  if (fx_port_held (h->index, h->self, port))
    return 0;
  fx_count (refused, 1);
  errno = ENOTCONN;
  return -1;
}

int
xenevtchn_notify (xenevtchn_handle *h, evtchn_port_t port)
{
  if (check (h, port, FX_COUNT_notify_refused) == -1)
    return -1;
  fx_count (FX_COUNT_notify, 1);
  fx_notify (h->self, port);
  return 0;
}

/* May the handle bind to domain `domid`?  Returns 0, or -1 with errno. */
static int
may_bind (xenevtchn_handle *h, uint32_t domid)
{
  int error;

  if (fx_fault (FX_FAULT_bind, EINVAL, &error)) {
    errno = error;
    return -1;
  }
  if (h->restricted != -1 && h->restricted != domid) {
    fx_count (FX_COUNT_bind_refused, 1);
    errno = EACCES;
    return -1;
  }
  return 0;
}

static xenevtchn_port_or_error_t
bound (int port)
{
  fx_count (port == -1 ? FX_COUNT_bind_refused : FX_COUNT_bind, 1);
  return port;
}

xenevtchn_port_or_error_t
xenevtchn_bind_unbound_port (xenevtchn_handle *h, uint32_t domid)
{
  if (may_bind (h, domid) == -1)
    return -1;
  return bound (fx_bind_unbound (h->index, h->self, domid));
}

xenevtchn_port_or_error_t
xenevtchn_bind_interdomain (xenevtchn_handle *h, uint32_t domid,
                            evtchn_port_t remote_port)
{
  if (may_bind (h, domid) == -1)
    return -1;
  return bound (fx_bind_interdomain (h->index, h->self, domid, remote_port));
}

xenevtchn_port_or_error_t
xenevtchn_bind_virq (xenevtchn_handle *h, unsigned int virq)
{
  (void) virq;
  return bound (fx_bind_virq (h->index, h->self));
}

int
xenevtchn_unbind (xenevtchn_handle *h, evtchn_port_t port)
{
  if (check (h, port, FX_COUNT_unbind_refused) == -1)
    return -1;
  fx_count (FX_COUNT_unbind, 1);
  fx_lock ();
  fx_port_close_locked (h->self, port);
  fx_unlock ();
  return 0;
}

/* Blocks if there is none, as the device does, unless the descriptor was
 * made non-blocking.
 */
xenevtchn_port_or_error_t
xenevtchn_pending (xenevtchn_handle *h)
{
  uint32_t port;

  do
    if (read (h->fd, &port, sizeof port) != sizeof port)
      return -1;
  while (!fx_port_held (h->index, h->self, port) ||
         !fx_port_take (h->self, port)); /* left by a port that was closed */
  return port;
}

/* The device takes any number and cares only for its own. */
int
xenevtchn_unmask (xenevtchn_handle *h, evtchn_port_t port)
{
  if (check (h, port, FX_COUNT_unmask_refused) == -1)
    return 0;
  fx_count (FX_COUNT_unmask, 1);
  fx_unmask (h->self, port);
  return 0;
}

int
xenevtchn_restrict (xenevtchn_handle *h, domid_t domid)
{
  if (h->restricted != -1) {
    errno = EACCES;
    return -1;
  }
  h->restricted = domid;
  return 0;
}

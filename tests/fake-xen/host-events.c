/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

/* The writing ends, of all handles that this process has notified: the
 * descriptor + 1.  A FIFO belongs to a slot, not to who holds it, so they
 * stay good for ever.
 */
static _Atomic int writers[FX_HANDLES];

static int
writer (uint32_t handle)
{
  int fd = atomic_load (&writers[handle]), none = 0;
  char path[4096];

  if (fd)
    return fd - 1;
  fx_path (path, sizeof path, "evtchn", handle);
  fd = open (path, O_RDWR|O_NONBLOCK|O_CLOEXEC);
  if (fd == -1)
    return -1;
  if (!atomic_compare_exchange_strong (&writers[handle], &none, fd + 1)) {
    close (fd);
    return none - 1;
  }
  return fd;
}

int
fx_events_open (int handle)
{
  char path[4096], drop[4096];
  int fd;

  fx_path (path, sizeof path, "evtchn", handle);
  if (mkfifo (path, 0600) == -1 && errno != EEXIST)
    return -1;
  fd = open (path, O_RDWR|O_NONBLOCK|O_CLOEXEC);
  if (fd == -1)
    return -1;
  while (read (fd, drop, sizeof drop) > 0)
    ; /* left by the slot's last user */
  fcntl (fd, F_SETFL, 0); /* reads block, as the device's do */
  return fd;
}

static void
push (struct fx_port *port, uint32_t number)
{
  uint32_t owner = atomic_load (&port->owner);
  int fd = owner ? writer (owner - 1) : -1;

  /* Never full: each port is in it once at most. */
  if (fd != -1 && write (fd, &number, sizeof number) != sizeof number)
    fprintf (stderr, "fake-xen: lost an event of port %u\n", number);
}

/* An event arrives: deliver and mask, or remember it. */
static void
deliver (struct fx_domain *domain, uint32_t number)
{
  struct fx_port *port = &domain->ports[number];
  uint32_t old = atomic_load (&port->flags), new;

  do
    new = old | (old & FX_PORT_MASKED ? FX_PORT_PENDING : FX_PORT_MASKED);
  while (!atomic_compare_exchange_weak (&port->flags, &old, new));
  if (!(old & FX_PORT_MASKED))
    push (port, number);
}

void
fx_notify (uint32_t self, uint32_t port)
{
  struct fx_domain *domain = fx_domain (self), *remote;
  uint64_t peer = domain ? atomic_load (&domain->ports[port].peer) : 0;

  if (FX_PEER_KIND (peer) != FX_PORT_BOUND)
    return; /* nobody at the other end: dropped */
  remote = fx_domain (FX_PEER_DOMID (peer));
  if (remote)
    deliver (remote, FX_PEER_PORT (peer));
}

/* What was read from the FIFO: is it a live event of the port? */
bool
fx_port_take (uint32_t self, uint32_t port)
{
  struct fx_domain *domain = fx_domain (self);

  return domain && port < FX_PORTS &&
         (atomic_load (&domain->ports[port].flags) & FX_PORT_MASKED);
}

void
fx_unmask (uint32_t self, uint32_t number)
{
  struct fx_domain *domain = fx_domain (self);
  struct fx_port *port;
  uint32_t old, new;

  if (domain == NULL)
    return;
  port = &domain->ports[number];
  old = atomic_load (&port->flags);
  do {
    if (!(old & FX_PORT_MASKED))
      return;
    new = old & FX_PORT_PENDING ? FX_PORT_MASKED : 0;
  } while (!atomic_compare_exchange_weak (&port->flags, &old, new));
  if (old & FX_PORT_PENDING)
    push (port, number);
}

bool
fx_port_held (int handle, uint32_t self, uint32_t port)
{
  struct fx_domain *domain = fx_domain (self);

  return domain && port > 0 && port < FX_PORTS &&
         atomic_load (&domain->ports[port].owner) == (uint32_t) handle + 1;
}

static int
alloc_port (struct fx_domain *domain)
{
  uint32_t tried, port = domain->port_next;

  for (tried = 0; tried < FX_PORTS; tried++, port++) {
    if (port >= FX_PORTS)
      port = 1;
    if (FX_PEER_KIND (atomic_load (&domain->ports[port].peer)) ==
        FX_PORT_FREE) {
      domain->port_next = port + 1;
      return port;
    }
  }
  errno = ENOSPC;
  return -1;
}

static void
set_port (struct fx_domain *domain, uint32_t port, int handle, uint64_t peer)
{
  atomic_store (&domain->ports[port].flags, 0);
  atomic_store (&domain->ports[port].owner, handle + 1);
  atomic_store (&domain->ports[port].peer, peer);
}

static int
bind_one_end (int handle, uint32_t self, enum fx_port_kind kind,
              uint32_t remote)
{
  struct fx_domain *domain = fx_domain (self);
  int port = -1;

  errno = ESRCH;
  if (domain == NULL)
    return -1;
  fx_lock ();
  port = alloc_port (domain);
  if (port != -1)
    set_port (domain, port, handle, FX_PEER (kind, remote, 0));
  fx_unlock ();
  return port;
}

int
fx_bind_unbound (int handle, uint32_t self, uint32_t remote)
{
  return bind_one_end (handle, self, FX_PORT_UNBOUND, remote);
}

int
fx_bind_virq (int handle, uint32_t self)
{
  return bind_one_end (handle, self, FX_PORT_VIRQ, 0);
}

int
fx_bind_interdomain (int handle, uint32_t self, uint32_t remote,
                     uint32_t remote_port)
{
  struct fx_domain *domain = fx_domain (self), *other = fx_domain (remote);
  int port = -1;

  if (domain == NULL || other == NULL) {
    errno = ESRCH;
    return -1;
  }
  if (remote_port == 0 || remote_port >= FX_PORTS) {
    errno = EINVAL;
    return -1;
  }
  fx_lock ();
  fx_reap_locked ();
  errno = EINVAL;
  if (atomic_load (&other->ports[remote_port].peer) ==
      FX_PEER (FX_PORT_UNBOUND, self, 0))
    port = alloc_port (domain);
  if (port != -1) {
    set_port (domain, port, handle,
              FX_PEER (FX_PORT_BOUND, remote, remote_port));
    atomic_store (&other->ports[remote_port].peer,
                  FX_PEER (FX_PORT_BOUND, self, port));
    /* Events may have been sent before: the hypervisor makes sure that the
     * one who binds looks once.
     */
    deliver (domain, port);
  }
  fx_unlock ();
  return port;
}

void
fx_port_close_locked (uint32_t self, uint32_t port)
{
  struct fx_domain *domain = fx_domain (self), *other;
  uint64_t peer = atomic_load (&domain->ports[port].peer);

  atomic_store (&domain->ports[port].peer, 0);
  atomic_store (&domain->ports[port].owner, 0);
  atomic_store (&domain->ports[port].flags, 0);
  if (FX_PEER_KIND (peer) != FX_PORT_BOUND)
    return;
  other = fx_domain (FX_PEER_DOMID (peer));
  if (other)
    atomic_store (&other->ports[FX_PEER_PORT (peer)].peer,
                  FX_PEER (FX_PORT_UNBOUND, self, 0));
}

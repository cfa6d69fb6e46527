/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

#define DOMAIN_SIZE (FX_MEMORY + (size_t) FX_PAGES * FX_PAGE)

/* What this process has mapped.  Never unmapped: pointers are held. */
static struct {
  struct fx_domain *_Atomic domain;
  int fd;
} domains[FX_DOMIDS];

static pthread_mutex_t domains_mutex = PTHREAD_MUTEX_INITIALIZER;

/* Domain `domid` if there ever was one, alive or not. */
static struct fx_domain *
domain_file (uint32_t domid)
{
  struct fx_domain *domain;
  char path[4096];
  int fd;

  if (domid >= FX_DOMIDS)
    return NULL;
  domain = atomic_load (&domains[domid].domain);
  if (domain)
    return domain;
  pthread_mutex_lock (&domains_mutex);
  domain = atomic_load (&domains[domid].domain);
  fx_path (path, sizeof path, "domain", domid);
  fd = domain ? -1 : open (path, O_RDWR|O_CLOEXEC);
  if (fd != -1) {
    domain = mmap (NULL, DOMAIN_SIZE, PROT_READ|PROT_WRITE, MAP_SHARED,
                   fd, 0);
    if (domain == MAP_FAILED) {
      domain = NULL;
      close (fd);
    }
    else {
      domains[domid].fd = fd;
      atomic_store (&domains[domid].domain, domain);
    }
  }
  pthread_mutex_unlock (&domains_mutex);
  return domain;
}

struct fx_domain *
fx_domain (uint32_t domid)
{
  struct fx_domain *domain = domain_file (domid);

  return domain && atomic_load (&domain->alive) ? domain : NULL;
}

char *
fx_domain_page (struct fx_domain *domain, uint32_t frame)
{
  return (char *) domain + FX_MEMORY + (size_t) frame * FX_PAGE;
}

/* The lock is for ThreadSanitizer: it sees locks here, but no atomic loads, for
 * this library is not built with it.
 */
int
fx_domain_fd (struct fx_domain *domain)
{
  int fd;

  pthread_mutex_lock (&domains_mutex);
  fd = domains[domain->domid].fd;
  pthread_mutex_unlock (&domains_mutex);
  return fd;
}

/* Pages of the domain that somebody maps. */
static unsigned
mapped_of (uint32_t domid)
{
  unsigned n = 0;
  uint32_t i;

  for (i = 0; i < fx_host->map_high; i++)
    if (fx_host->maps[i].handle && fx_host->maps[i].domid == domid)
      n++;
  return n;
}

int
fx_domain_create (uint32_t domid)
{
  struct fx_domain *domain;
  char path[4096], temp[4096];
  int fd, r = -1;
  uint32_t i;

  fx_path (path, sizeof path, "domain", domid);
  fx_path (temp, sizeof temp, "domain-new", domid);
  if (domid >= FX_DOMIDS) {
    errno = EINVAL;
    return -1;
  }
  fx_lock ();
  fx_reap_locked ();
  if (access (path, F_OK) == -1) {
    fd = open (temp, O_RDWR|O_CREAT|O_TRUNC|O_CLOEXEC, 0600);
    if (fd == -1 || ftruncate (fd, DOMAIN_SIZE) == -1 ||
        rename (temp, path) == -1)
      goto out;
    close (fd);
  }
  domain = domain_file (domid);
  if (domain == NULL)
    goto out;
  errno = EEXIST;
  if (atomic_load (&domain->alive))
    goto out;
  errno = EBUSY;
  if (mapped_of (domid) > 0)
    goto out;
  for (i = 0; i < FX_GRANTS; i++)
    atomic_store (&domain->grants[i].maps, 0);
  domain->domid = domid;
  domain->grant_next = 8;
  domain->port_next = 1;
  atomic_store (&domain->alive, 1);
  r = 0;
out:
  fx_unlock ();
  return r;
}

unsigned
fx_domain_destroy (uint32_t domid)
{
  struct fx_domain *domain = fx_domain (domid);
  unsigned mapped;
  uint32_t i;

  if (domain == NULL)
    return 0;
  fx_lock ();
  fx_reap_locked ();
  for (i = 1; i < FX_PORTS; i++)
    if (FX_PEER_KIND (atomic_load (&domain->ports[i].peer)) != FX_PORT_FREE)
      fx_port_close_locked (domid, i);
  for (i = 0; i < FX_GRANTS; i++)
    atomic_store (&domain->grants[i].entry, 0);
  memset (domain->grant_used, 0, sizeof domain->grant_used);
  memset (domain->page_used, 0, sizeof domain->page_used);
  mapped = mapped_of (domid);
  atomic_store (&domain->alive, 0);
  fx_unlock ();
  return mapped;
}

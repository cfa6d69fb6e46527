/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

#define FX_NAME(name) #name,
const char *const fx_counter_names[FX_COUNT_MAX] = { FX_COUNTERS (FX_NAME) };
const char *const fx_fault_names[FX_FAULT_MAX] = { FX_FAULTS (FX_NAME) };

struct fx_host *fx_host;

static pthread_mutex_t attach_mutex = PTHREAD_MUTEX_INITIALIZER;
static char host_dir[3072];
static int probe_fd = -1; /* asks who holds a lock byte */

void
fx_path (char *path, size_t size, const char *name, int number)
{
  if (number < 0)
    snprintf (path, size, "%s/%s", host_dir, name);
  else
    snprintf (path, size, "%s/%s.%d", host_dir, name, number);
}

uint32_t
fx_self (void)
{
  const char *text = getenv ("FAKE_XEN_DOMID");

  return text ? (uint32_t) strtoul (text, NULL, 10) : 0;
}

/* Map a file of the host whole, to read and write. */
static void *
map_file (const char *path, size_t size)
{
  int fd = open (path, O_RDWR|O_CLOEXEC);
  void *p;
  int saved;

  if (fd == -1)
    return NULL;
  p = mmap (NULL, size, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);
  saved = errno;
  close (fd);
  errno = saved;
  return p == MAP_FAILED ? NULL : p;
}

static int
create_file (const char *path, off_t size)
{
  int fd = open (path, O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0600);
  int r;

  if (fd == -1)
    return -1;
  r = ftruncate (fd, size);
  close (fd);
  return r;
}

static void
init_mutex (pthread_mutex_t *mutex)
{
  pthread_mutexattr_t attr;

  pthread_mutexattr_init (&attr);
  pthread_mutexattr_setpshared (&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust (&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init (mutex, &attr);
  pthread_mutexattr_destroy (&attr);
}

int
fx_host_create (const char *dir)
{
  struct fx_host *host;
  char path[4096];

  snprintf (host_dir, sizeof host_dir, "%s", dir);
  fx_path (path, sizeof path, "locks", -1);
  if (create_file (path, FX_HANDLES) == -1)
    return -1;
  fx_path (path, sizeof path, "host", -1);
  if (create_file (path, sizeof *host) == -1)
    return -1;
  host = map_file (path, sizeof *host);
  if (host == NULL)
    return -1;
  init_mutex (&host->mutex);
  host->magic = FX_MAGIC;
  munmap (host, sizeof *host);
  setenv ("FAKE_XEN_DIR", dir, 1);
  return fx_attach () == -1 ? -1 : fx_domain_create (0);
}

static int
attach (const char *dir)
{
  struct fx_host *host;
  char path[4096];

  snprintf (host_dir, sizeof host_dir, "%s", dir);
  fx_path (path, sizeof path, "locks", -1);
  probe_fd = open (path, O_RDWR|O_CLOEXEC);
  if (probe_fd == -1)
    return -1;
  fx_path (path, sizeof path, "host", -1);
  host = map_file (path, sizeof *host);
  if (host == NULL)
    return -1;
  if (host->magic != FX_MAGIC) {
    errno = EINVAL;
    return -1;
  }
  fx_host = host;
  return 0;
}

int
fx_attach (void)
{
  const char *dir = getenv ("FAKE_XEN_DIR");
  int r = 0;

  pthread_mutex_lock (&attach_mutex);
  if (fx_host == NULL) {
    errno = ENOENT;
    r = dir ? attach (dir) : -1;
  }
  pthread_mutex_unlock (&attach_mutex);
  return r;
}

/* Somebody died with the mutex in hand: what the records say is true, and
 * what is counted is counted again.
 */
static void
recount (void)
{
  struct fx_domain *domain;
  uint32_t i;

  for (i = 0; i < fx_host->map_high; i++) {
    domain = fx_host->maps[i].handle ? fx_domain (fx_host->maps[i].domid)
                                     : NULL;
    if (domain)
      atomic_store (&domain->grants[fx_host->maps[i].ref].maps, 0);
  }
  for (i = 0; i < fx_host->map_high; i++) {
    domain = fx_host->maps[i].handle ? fx_domain (fx_host->maps[i].domid)
                                     : NULL;
    if (domain)
      atomic_fetch_add (&domain->grants[fx_host->maps[i].ref].maps, 1);
  }
}

void
fx_lock (void)
{
  if (pthread_mutex_lock (&fx_host->mutex) != EOWNERDEAD)
    return;
  recount ();
  pthread_mutex_consistent (&fx_host->mutex);
}

void
fx_unlock (void)
{
  pthread_mutex_unlock (&fx_host->mutex);
}

void
fx_count (enum fx_counter counter, uint64_t n)
{
  atomic_fetch_add_explicit (&fx_host->counters[counter], n,
                             memory_order_relaxed);
}

bool
fx_fault (enum fx_fault fault, int usual, int *error)
{
  struct fx_fault_state *state = &fx_host->faults[fault];
  int wanted;

  if (atomic_load (&state->count) <= 0)
    return false;
  if (atomic_fetch_sub (&state->skip, 1) > 0)
    return false;
  if (atomic_fetch_sub (&state->count, 1) <= 0)
    return false;
  wanted = atomic_load (&state->error);
  *error = wanted ? wanted : usual;
  fx_count (FX_COUNT_fault, 1);
  return true;
}

/* Byte `index` of the lock file, through `fd`. */
static int
lock_byte (int fd, int command, uint32_t index, short *type)
{
  struct flock lock = {
    .l_type = *type, .l_whence = SEEK_SET, .l_start = index, .l_len = 1,
  };
  int r = fcntl (fd, command, &lock);

  *type = lock.l_type;
  return r;
}

int
fx_handle_open (enum fx_kind kind, uint32_t domid, int *lock_fd)
{
  struct fx_handle *handles = fx_host->handles;
  short type = F_WRLCK;
  char path[4096];
  uint32_t i;

  fx_path (path, sizeof path, "locks", -1);
  *lock_fd = open (path, O_RDWR|O_CLOEXEC);
  if (*lock_fd == -1)
    return -1;
  fx_lock ();
  fx_reap_locked ();
  for (i = 0; i < FX_HANDLES && handles[i].kind != FX_FREE; i++)
    ;
  if (i == FX_HANDLES ||
      lock_byte (*lock_fd, F_OFD_SETLK, i, &type) == -1) {
    fx_unlock ();
    close (*lock_fd);
    errno = EMFILE;
    return -1;
  }
  handles[i].domid = domid;
  handles[i].pid = getpid ();
  handles[i].kind = kind;
  if (i >= fx_host->handle_high)
    fx_host->handle_high = i + 1;
  fx_unlock ();
  return i;
}

void
fx_handle_close (int handle, int lock_fd)
{
  fx_lock ();
  fx_release_locked (handle);
  fx_unlock ();
  close (lock_fd);
}

static void
release_ports (uint32_t handle)
{
  struct fx_domain *domain = fx_domain (fx_host->handles[handle].domid);
  uint32_t port;

  if (domain == NULL)
    return;
  for (port = 1; port < FX_PORTS; port++)
    if (atomic_load (&domain->ports[port].owner) == handle + 1)
      fx_port_close_locked (domain->domid, port);
}

void
fx_release_locked (uint32_t handle)
{
  uint32_t i;

  switch (fx_host->handles[handle].kind) {
  case FX_GNTTAB:
    for (i = 0; i < fx_host->map_high; i++)
      if (fx_host->maps[i].handle == handle + 1)
        fx_unmap_locked (i);
    break;
  case FX_EVTCHN:
    release_ports (handle);
    break;
  }
  fx_host->handles[handle].kind = FX_FREE;
}

void
fx_reap_locked (void)
{
  uint32_t i;

  for (i = 0; i < fx_host->handle_high; i++) {
    short type = F_WRLCK;

    if (fx_host->handles[i].kind == FX_FREE ||
        lock_byte (probe_fd, F_OFD_GETLK, i, &type) == -1 ||
        type != F_UNLCK)
      continue;
    fx_release_locked (i);
    fx_count (FX_COUNT_release_dead, 1);
  }
}

void
fx_reap (void)
{
  fx_lock ();
  fx_reap_locked ();
  fx_unlock ();
}

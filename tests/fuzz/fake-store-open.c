/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The part of xenbus/store.h that a whole daemon needs beside fake-store.c:
 * connections and watches.  There is one store, and it is told of changes
 * by whoever makes them; no event is waiting, ever.
 */

#include <config.h>

#include <errno.h>
#include <sys/eventfd.h>

#include "fake-store.h"
#include "fuzz.h"

struct store *fake_store_open;

struct store *
store_open (void)
{
  if (fake_store_open == NULL || fake_store_open->unreachable) {
    errno = ECONNREFUSED;
    return NULL;
  }
  fake_store_open->lost = false;
  return fake_store_open;
}

void
store_close (struct store *store)
{
  CHECK (store == NULL || store == fake_store_open);
}

/* One that never becomes readable. */
int
store_fd (struct store *store)
{
  static int fd = -1;

  (void) store;
  if (fd == -1)
    fd = eventfd (0, EFD_CLOEXEC);
  CHECK (fd != -1);
  return fd;
}

int
store_hangup_fd (const struct store *store)
{
  (void) store;
  return -1;
}

void
store_hung_up (struct store *store)
{
  (void) store;
}

int
store_watch (struct store *store, const char *path)
{
  CHECK (path[0] == '/');
  errno = EIO;
  return store_lost (store) ? -1 : 0;
}

void
store_unwatch (struct store *store, const char *path)
{
  (void) store;
  CHECK (path[0] == '/');
}

bool
store_event (struct store *store, char *path)
{
  (void) store;
  (void) path;
  return false;
}

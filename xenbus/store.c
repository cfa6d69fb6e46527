/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <xenstore.h>
#include <xenstore_lib.h>

#include "base/text.h"
#include "number.h"
#include "store.h"

struct store {
  struct xs_handle *handle;
  int hangup;  /* a connection that nothing is said on; -1: none */
  bool lost;
};

/* Every failing call comes through here, so that a lost connection is told
 * from a node that is not there or not ours.  EINVAL is what libxenstore says
 * when xenstored goes while it waits for an answer.
 */
static int
failed (struct store *store)
{
  switch (errno) {
  case EBADF:
  case EINVAL:
  case EIO:
  case EPIPE:
  case ECONNRESET:
  case ENOTCONN:
    store->lost = true;
    break;
  }
  return -1;
}

/* What this domain may not read is not there for it: xenstored says EACCES to
 * a driver domain where it says ENOENT to the first domain.
 */
static int
failed_read (struct store *store)
{
  if (errno == EACCES)
    errno = ENOENT;
  return failed (store);
}

static int
join (char *path, const char *dir, const char *name)
{
  int n = snprintf (path, STORE_PATH_MAX, "%s%s%s", dir, *dir ? "/" : "",
                    name);

  if (n < 0 || (unsigned) n >= STORE_PATH_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return 0;
}

/* Where xenstored is a process of this domain; in others the kernel speaks
 * for it, and does not go.
 */
static int
connect_hangup (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const char *path = xs_daemon_socket ();
  int fd;

  if (path == NULL || strlen (path) >= sizeof address.sun_path)
    return -1;
  text_copy (address.sun_path, sizeof address.sun_path, path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd != -1 &&
      connect (fd, (struct sockaddr *) &address, sizeof address) == -1) {
    close (fd);
    fd = -1;
  }
  return fd;
}

struct store *
store_open (void)
{
  struct store *store = calloc (1, sizeof *store);

  if (store == NULL)
    return NULL;
  store->hangup = -1;
  store->handle = xs_open (0);
  if (store->handle == NULL) {
    int saved = errno;

    store_close (store);
    errno = saved;
    return NULL;
  }
  store->hangup = connect_hangup ();
  return store;
}

void
store_close (struct store *store)
{
  if (store == NULL)
    return;
  if (store->hangup != -1)
    close (store->hangup);
  if (store->handle)
    xs_close (store->handle);
  free (store);
}

bool
store_lost (const struct store *store)
{
  return store->lost;
}

int
store_fd (struct store *store)
{
  return xs_fileno (store->handle);
}

int
store_hangup_fd (const struct store *store)
{
  return store->hangup;
}

void
store_hung_up (struct store *store)
{
  store->lost = true;
}

int
store_watch (struct store *store, const char *path)
{
  return xs_watch (store->handle, path, path) ? 0 : failed (store);
}

void
store_unwatch (struct store *store, const char *path)
{
  if (!xs_unwatch (store->handle, path, path))
    failed (store);
}

bool
store_event (struct store *store, char *path)
{
  char **event = xs_check_watch (store->handle);

  if (event == NULL) {
    if (errno != EAGAIN)
      failed (store);
    return false;
  }
  text_copy (path, STORE_PATH_MAX, event[XS_WATCH_PATH]);
  free (event);
  return true;
}

int
store_read (struct store *store, unsigned transaction, const char *dir,
            const char *name, char *value, size_t size)
{
  char path[STORE_PATH_MAX];
  unsigned length;
  char *text;
  int r = -1;

  *value = '\0';
  if (join (path, dir, name) == -1)
    return -1;
  text = xs_read (store->handle, transaction, path, &length);
  if (text == NULL)
    return failed_read (store);
  if (strlen (text) != length)
    errno = EINVAL;
  else if (length >= size)
    errno = E2BIG;
  else {
    memcpy (value, text, length + 1);
    r = 0;
  }
  free (text);
  return r;
}

int
store_read_number (struct store *store, unsigned transaction, const char *dir,
                   const char *name, uint64_t max, uint64_t *value)
{
  char text[32];

  if (store_read (store, transaction, dir, name, text, sizeof text) == -1)
    return -1;
  if (number_parse (text, max, value) == -1) {
    errno = EINVAL;
    return -1;
  }
  return 0;
}

int
store_exists (struct store *store, const char *path)
{
  char *text = xs_read (store->handle, XBT_NULL, path, NULL);

  if (text == NULL)
    return failed_read (store) == -1 && errno == ENOENT ? 0 : -1;
  free (text);
  return 1;
}

int
store_children (struct store *store, unsigned transaction, const char *path,
                void (*each) (void *opaque, const char *name), void *opaque)
{
  unsigned i, n;
  char **names = xs_directory (store->handle, transaction, path, &n);

  if (names == NULL)
    return failed_read (store) == -1 && errno == ENOENT ? 0 : -1;
  for (i = 0; i < n; i++)
    each (opaque, names[i]);
  free (names);
  return 0;
}

int
store_write (struct store *store, unsigned transaction, const char *dir,
             const char *name, const char *format, ...)
{
  char path[STORE_PATH_MAX], value[STORE_VALUE_MAX];
  va_list args;
  int n;

  if (join (path, dir, name) == -1)
    return -1;
  va_start (args, format);
  n = vsnprintf (value, sizeof value, format, args);
  va_end (args);
  if (n < 0 || (size_t) n >= sizeof value) {
    errno = E2BIG;
    return -1;
  }
  return xs_write (store->handle, transaction, path, value, n)
         ? 0 : failed (store);
}

int
store_make (struct store *store, unsigned transaction, const char *path,
            uint32_t owner, uint32_t reader)
{
  struct xs_permissions perms[2] = {
    { .id = owner, .perms = XS_PERM_NONE },
    { .id = reader, .perms = XS_PERM_READ },
  };

  return xs_mkdir (store->handle, transaction, path) &&
         xs_set_permissions (store->handle, transaction, path, perms, 2)
         ? 0 : failed (store);
}

int
store_remove (struct store *store, unsigned transaction, const char *dir,
              const char *name)
{
  char path[STORE_PATH_MAX];

  if (join (path, dir, name) == -1)
    return -1;
  if (xs_rm (store->handle, transaction, path) || errno == ENOENT)
    return 0;
  return failed (store);
}

int
store_transact (struct store *store,
                int (*body) (struct store *store, unsigned transaction,
                             void *opaque),
                void *opaque)
{
  unsigned tries;

  for (tries = 0; tries < STORE_RETRIES; tries++) {
    xs_transaction_t transaction = xs_transaction_start (store->handle);

    if (transaction == XBT_NULL)
      return failed (store);
    if (body (store, transaction, opaque) == -1) {
      int saved = errno;

      xs_transaction_end (store->handle, transaction, true);
      errno = saved;
      return -1;
    }
    if (xs_transaction_end (store->handle, transaction, false))
      return 0;
    if (errno != EAGAIN)
      return failed (store);
  }
  errno = EAGAIN;
  return -1;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "fake-store.h"
#include "fuzz.h"
#include "xenbus/number.h"

static struct store_node *
find (const struct store *store, const char *path)
{
  unsigned i;

  for (i = 0; i < store->count; i++)
    if (strcmp (store->nodes[i].path, path) == 0)
      return (struct store_node *) &store->nodes[i];
  return NULL;
}

static bool
is_below (const char *path, const char *dir)
{
  const size_t n = strlen (dir);

  return strncmp (path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static char *
copy (const void *text, size_t length)
{
  char *new = malloc (length + 1);

  CHECK (new != NULL);
  memcpy (new, text, length);
  new[length] = '\0';
  return new;
}

void
fake_store_set (struct store *store, const char *path, const char *value,
                size_t length)
{
  struct store_node *node = find (store, path);

  if (!node && store->count == STORE_NODES)
    return;
  if (!node) {
    node = &store->nodes[store->count++];
    node->path = copy (path, strlen (path));
  }
  else
    free (node->value);
  node->value = copy (value, length);
  node->length = length;
}

void
fake_store_unset (struct store *store, const char *path)
{
  unsigned i = 0;

  while (i < store->count) {
    struct store_node *node = &store->nodes[i];

    if (!is_below (node->path, path)) {
      i++;
      continue;
    }
    free (node->path);
    free (node->value);
    *node = store->nodes[--store->count];
  }
}

const char *
fake_store_get (const struct store *store, const char *path)
{
  const struct store_node *node = find (store, path);

  return node ? node->value : NULL;
}

static void
drop_pending (struct store *store)
{
  while (store->npending > 0) {
    free (store->pending[--store->npending].path);
    free (store->pending[store->npending].value);
  }
}

void
fake_store_clear (struct store *store)
{
  drop_pending (store);
  fake_store_unset (store, "");
  CHECK (store->count == 0);
}

bool
store_lost (const struct store *store)
{
  return store->lost;
}

static bool
join (char *path, const char *dir, const char *name)
{
  int n = snprintf (path, STORE_PATH_MAX, "%s%s%s", dir, *dir ? "/" : "",
                    name);

  return n >= 0 && n < (int) STORE_PATH_MAX;
}

/* Every call's beginning: a connection that is lost stays lost. */
static int
begin (const struct store *store)
{
  errno = EIO;
  return store->lost ? -1 : 0;
}

/* The same for those that ask for `path`. */
static int
begin_read (struct store *store, const char *path)
{
  if (store->asked)
    store->asked (path);
  if (store->fail_read > 0 && --store->fail_read == 0) {
    errno = EAGAIN;
    return -1;
  }
  return begin (store);
}

/* Its own writes a transaction does not see here: ours reads first. */
int
store_read (struct store *store, unsigned transaction, const char *dir,
            const char *name, char *value, size_t size)
{
  const struct store_node *node;
  char path[STORE_PATH_MAX];

  CHECK ((transaction != STORE_NOW) == store->transaction);
  *value = '\0';
  if (!join (path, dir, name) || begin_read (store, path) == -1)
    return -1;
  node = find (store, path);
  errno = ENOENT;
  if (!node)
    return -1;
  errno = EINVAL;
  if (strlen (node->value) != node->length)
    return -1;
  errno = E2BIG;
  if (node->length >= size)
    return -1;
  memcpy (value, node->value, node->length + 1);
  return 0;
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
  unsigned i;

  if (begin_read (store, path) == -1)
    return -1;
  for (i = 0; i < store->count; i++)
    if (is_below (store->nodes[i].path, path))
      return 1;
  return 0;
}

int
store_children (struct store *store, unsigned transaction, const char *path,
                void (*each) (void *opaque, const char *name), void *opaque)
{
  const size_t n = strlen (path);
  char name[STORE_PATH_MAX] = "/";
  size_t length;
  unsigned i;

  CHECK ((transaction != STORE_NOW) == store->transaction);
  if (begin_read (store, path) == -1)
    return -1;
  for (i = 0; i < store->count; i++) { /* one may come twice, not in a row */
    const char *below = store->nodes[i].path + n;

    if (!is_below (store->nodes[i].path, path) || !*below++)
      continue;
    length = strcspn (below, "/");
    if (strncmp (name, below, length) == 0 && name[length] == '\0')
      continue;
    memcpy (name, below, length);
    name[length] = '\0';
    each (opaque, name);
  }
  return 0;
}

/* Our own write, now or at the end of the transaction. */
static void
commit (struct store *store, const char *path, const char *value)
{
  if (value)
    fake_store_set (store, path, value, strlen (value));
  else
    fake_store_unset (store, path);
  store->changed (path, value);
}

static int
change (struct store *store, unsigned transaction, const char *path,
        const char *value)
{
  struct store_node *pending = &store->pending[store->npending];

  CHECK ((transaction != STORE_NOW) == store->transaction);
  CHECK (!value || strlen (value) <= STORE_VALUE_MAX);
  if (begin (store) == -1)
    return -1;
  if (store->fail > 0 && --store->fail == 0) {
    store->lost = store->fail_error == EIO;
    errno = store->fail_error;
    return -1;
  }
  if (transaction == STORE_NOW) {
    commit (store, path, value);
    return 0;
  }
  CHECK (store->npending < STORE_PENDING);
  pending->path = copy (path, strlen (path));
  pending->value = value ? copy (value, strlen (value)) : NULL;
  store->npending++;
  return 0;
}

int
store_write (struct store *store, unsigned transaction, const char *dir,
             const char *name, const char *format, ...)
{
  char path[STORE_PATH_MAX], value[STORE_VALUE_MAX];
  va_list args;

  CHECK (join (path, dir, name));
  va_start (args, format);
  CHECK (vsnprintf (value, sizeof value, format, args) < (int) sizeof value);
  va_end (args);
  return change (store, transaction, path, value);
}

int
store_remove (struct store *store, unsigned transaction, const char *dir,
              const char *name)
{
  char path[STORE_PATH_MAX];

  CHECK (join (path, dir, name));
  return change (store, transaction, path, NULL);
}

static int
try_once (struct store *store,
          int (*body) (struct store *store, unsigned transaction,
                       void *opaque),
          void *opaque)
{
  unsigned i;
  int r;

  store->transaction = true;
  r = body (store, 1, opaque);
  store->transaction = false;
  if (r == 0 && store->conflicts > 0) {
    store->conflicts--;
    store->meanwhile ();
    errno = EAGAIN;
    r = -1;
  }
  for (i = 0; r == 0 && i < store->npending; i++)
    commit (store, store->pending[i].path, store->pending[i].value);
  i = errno;
  drop_pending (store);
  errno = i;
  return r;
}

int
store_transact (struct store *store,
                int (*body) (struct store *store, unsigned transaction,
                             void *opaque),
                void *opaque)
{
  unsigned tries;

  CHECK (!store->transaction);
  for (tries = 0; tries < STORE_RETRIES; tries++) {
    if (begin (store) == -1)
      return -1;
    if (try_once (store, body, opaque) == 0)
      return 0;
    if (errno != EAGAIN)
      return -1;
  }
  errno = EAGAIN;
  return -1;
}

/* A directory is there as long as something is in it. */
int
store_make (struct store *store, unsigned transaction, const char *path,
            uint32_t owner, uint32_t reader)
{
  CHECK (path[0] == '/' && owner != reader);
  CHECK ((transaction != STORE_NOW) == store->transaction);
  errno = EIO;
  return store_lost (store) ? -1 : 0;
}

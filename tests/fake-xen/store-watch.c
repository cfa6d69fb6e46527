/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

static void
free_watch (struct watch *watch)
{
  free (watch->path);
  free (watch->token);
  free (watch);
}

void
watches_free (struct connection *c)
{
  struct watch *watch;

  while ((watch = c->watches)) {
    c->watches = watch->next;
    free_watch (watch);
  }
}

static void
send_event (struct connection *c, const struct watch *watch,
            const char *path)
{
  char data[STORE_PATH_SIZE + XENSTORE_PAYLOAD_MAX], prefix[64];
  size_t n;

  if (watch->relative) {
    n = snprintf (prefix, sizeof prefix, "/local/domain/%u/", c->domid);
    if (strncmp (path, prefix, n) == 0)
      path += n;
  }
  n = snprintf (data, sizeof data, "%s", path) + 1;
  n += snprintf (data + n, sizeof data - n, "%s", watch->token) + 1;
  connection_send (c, XS_WATCH_EVENT, 0, 0, data, n);
}

/* The request's two strings. */
static int
path_and_token (struct request *r, char *path, char **token)
{
  size_t n = strlen (r->data) + 1;

  if (n >= r->length || r->data[r->length - 1] != '\0')
    return EINVAL;
  *token = r->data + n;
  if (r->data[0] == '@') {
    snprintf (path, STORE_PATH_SIZE, "%s", r->data);
    return 0;
  }
  return request_path (r, r->data, path);
}

static struct watch **
find_watch (struct connection *c, const char *path, const char *token)
{
  struct watch **p;

  for (p = &c->watches; *p; p = &(*p)->next)
    if (strcmp ((*p)->path, path) == 0 && strcmp ((*p)->token, token) == 0)
      break;
  return p;
}

int
do_watch (struct request *r)
{
  char path[STORE_PATH_SIZE], *token;
  struct watch *watch, **end;
  int error = path_and_token (r, path, &token);

  if (error)
    return error;
  end = find_watch (r->c, path, token);
  if (*end)
    return EEXIST;
  watch = calloc (1, sizeof *watch);
  if (watch == NULL)
    return ENOMEM;
  watch->path = strdup (path);
  watch->token = strdup (token);
  watch->relative = r->data[0] != '/' && r->data[0] != '@';
  *end = watch;
  request_ok (r);
  send_event (r->c, watch, path); /* once at the start, changed or not */
  return 0;
}

int
do_unwatch (struct request *r)
{
  char path[STORE_PATH_SIZE], *token;
  struct watch **p, *watch;
  int error = path_and_token (r, path, &token);

  if (error)
    return error;
  p = find_watch (r->c, path, token);
  watch = *p;
  if (watch == NULL)
    return ENOENT;
  *p = watch->next;
  free_watch (watch);
  request_ok (r);
  return 0;
}

/* Does the watch see a change of `path`? */
static bool
covers (const struct watch *watch, const char *path, bool exact)
{
  size_t n = strlen (watch->path);

  if (strcmp (watch->path, path) == 0)
    return true;
  if (exact)
    return false;
  return strcmp (watch->path, "/") == 0 ||
         (strncmp (watch->path, path, n) == 0 && path[n] == '/');
}

static void
fire (struct node *node, const char *path, bool exact)
{
  struct connection *c;
  struct watch *watch;

  for (c = store.connections; c; c = c->next) {
    if (c->dead || (node && !tree_may (node, c->domid, PERM_READ)))
      continue;
    for (watch = c->watches; watch; watch = watch->next)
      if (covers (watch, path, exact))
        send_event (c, watch, path);
  }
}

static void
fire_below (struct node *node)
{
  char path[STORE_PATH_SIZE];
  struct node *child;

  for (child = node->children; child; child = child->next) {
    tree_path (child, path);
    fire (child, path, true);
    fire_below (child);
  }
}

void
watches_fire (struct node *node, const char *path, bool below)
{
  fire (node, path, false);
  if (below)
    fire_below (node);
}

void
watches_fire_special (const char *name)
{
  fire (NULL, name, true);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

/* Find the node that the request's first string names.  Returns an errno. */
static int
find (struct request *r, unsigned access, char *path, struct node **node)
{
  int error = request_path (r, r->data, path);

  if (error)
    return error;
  transaction_access (r, path);
  *node = tree_find (r->root, path);
  /* Who may not look is told the same, there or not. */
  if (!tree_may (*node ? *node : tree_nearest (r->root, path),
                 r->c->domid, access))
    return EACCES;
  return *node ? 0 : ENOENT;
}

static size_t
children_of (const struct node *node, char **names)
{
  const struct node *child;
  size_t length = 0, n;

  for (child = node->children; child; child = child->next)
    length += strlen (child->name) + 1;
  *names = malloc (length + 1);
  if (*names == NULL)
    abort ();
  length = 0;
  for (child = node->children; child; child = child->next) {
    n = strlen (child->name) + 1;
    memcpy (*names + length, child->name, n);
    length += n;
  }
  (*names)[length] = '\0';
  return length;
}

int
do_directory (struct request *r)
{
  char path[STORE_PATH_SIZE], *names;
  struct node *node;
  size_t length;
  int error = find (r, PERM_READ, path, &node);

  if (error)
    return error;
  length = children_of (node, &names);
  if (length > XENSTORE_PAYLOAD_MAX)
    error = E2BIG;
  else
    request_reply (r, names, length);
  free (names);
  return error;
}

/* Generation, then names from an offset on; an empty one ends the list. */
int
do_directory_part (struct request *r)
{
  char path[STORE_PATH_SIZE], reply[XENSTORE_PAYLOAD_MAX], *names;
  size_t length, start, n, part = 0;
  struct node *node;
  int error = find (r, PERM_READ, path, &node);

  if (error)
    return error;
  if (strlen (r->data) + 1 >= r->length)
    return EINVAL;
  start = strtoul (r->data + strlen (r->data) + 1, NULL, 10);
  length = children_of (node, &names) + 1;
  if (start > length)
    start = length;
  n = snprintf (reply, sizeof reply, "%llu",
                (unsigned long long) node->generation) + 1;
  while (start + part < length) {
    size_t name = strlen (names + start + part) + 1;

    if (n + part + name > sizeof reply)
      break;
    part += name;
  }
  memcpy (reply + n, names + start, part);
  free (names);
  request_reply (r, reply, n + part);
  return 0;
}

int
do_read (struct request *r)
{
  char path[STORE_PATH_SIZE];
  struct node *node;
  int error = find (r, PERM_READ, path, &node);

  if (error)
    return error;
  request_reply (r, node->value ? node->value : "", node->length);
  return 0;
}

/* May the request write the node, or create it? */
static int
writable (struct request *r, char *path)
{
  int error = request_path (r, r->data, path);

  if (error)
    return error;
  transaction_access (r, path);
  return tree_may (tree_nearest (r->root, path), r->c->domid, PERM_WRITE)
         ? 0 : EACCES;
}

int
do_write (struct request *r)
{
  char path[STORE_PATH_SIZE];
  size_t n = strlen (r->data) + 1;
  int error;

  if (n > r->length)
    return EINVAL;
  error = writable (r, path);
  if (error)
    return error;
  request_ok (r);
  change (r, CHANGE_WRITE, path, r->data + n, r->length - n);
  return 0;
}

int
do_mkdir (struct request *r)
{
  char path[STORE_PATH_SIZE];
  int error = writable (r, path);

  if (error)
    return error;
  request_ok (r);
  change (r, CHANGE_MKDIR, path, "", 0);
  return 0;
}

int
do_rm (struct request *r)
{
  char path[STORE_PATH_SIZE], above[STORE_PATH_SIZE];
  struct node *node;
  int error = find (r, PERM_WRITE, path, &node);

  if (error == 0 && node->parent == NULL)
    return EINVAL;
  if (error == ENOENT) {
    /* Not there is as good as removed, if its parent is there. */
    strcpy (above, path);
    *strrchr (above, '/') = '\0';
    if (tree_find (r->root, *above ? above : "/") == NULL)
      return ENOENT;
    request_ok (r);
    return 0;
  }
  if (error)
    return error;
  if (r->t) {
    tree_path (node->parent, above);
    transaction_access (r, *above ? above : "/");
  }
  request_ok (r);
  change (r, CHANGE_RM, path, "", 0);
  return 0;
}

int
do_get_perms (struct request *r)
{
  char path[STORE_PATH_SIZE], text[512];
  struct node *node;
  int error = find (r, PERM_READ, path, &node);

  if (error)
    return error;
  request_reply (r, text, perms_format (node, text, sizeof text));
  return 0;
}

int
do_set_perms (struct request *r)
{
  struct perm perms[PERMS_MAX];
  char path[STORE_PATH_SIZE];
  size_t n = strlen (r->data) + 1;
  struct node *node;
  int error;

  if (n >= r->length)
    return EINVAL;
  error = find (r, PERM_WRITE, path, &node);
  if (error)
    return error;
  if (r->c->domid != 0 && node->perms[0].domid != r->c->domid)
    return EACCES;
  if (perms_parse (r->data + n, r->length - n, perms) == 0)
    return EINVAL;
  request_ok (r);
  change (r, CHANGE_PERMS, path, r->data + n, r->length - n);
  return 0;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

static uint64_t last_generation;

void
tree_touch (struct node *node)
{
  node->generation = ++last_generation;
}

static struct node *
new_node (const char *name, size_t length)
{
  struct node *node = calloc (1, sizeof *node + length + 1);

  if (node == NULL)
    abort ();
  memcpy (node->name, name, length);
  tree_touch (node);
  return node;
}

struct node *
tree_new (void)
{
  struct node *root = new_node ("", 0);

  root->nperms = 1;
  return root;
}

static struct node *
find_child (struct node *node, const char *name, size_t length)
{
  struct node *child;

  for (child = node->children; child; child = child->next)
    if (strlen (child->name) == length &&
        memcmp (child->name, name, length) == 0)
      return child;
  return NULL;
}

static struct node *
add_child (struct node *node, const char *name, size_t length)
{
  struct node *child = new_node (name, length), **end = &node->children;

  child->parent = node;
  while (*end)
    end = &(*end)->next;
  *end = child;
  return child;
}

static void
set_value (struct node *node, const char *value, uint32_t length)
{
  free (node->value);
  node->value = malloc (length + 1);
  if (node->value == NULL)
    abort ();
  memcpy (node->value, value, length);
  node->value[length] = '\0';
  node->length = length;
}

struct node *
tree_copy (const struct node *root)
{
  struct node *copy = new_node (root->name, strlen (root->name));
  struct node **end = &copy->children;
  const struct node *child;

  copy->generation = copy->base = root->generation;
  copy->nperms = root->nperms;
  memcpy (copy->perms, root->perms, sizeof copy->perms);
  if (root->value)
    set_value (copy, root->value, root->length);
  for (child = root->children; child; child = child->next) {
    *end = tree_copy (child);
    (*end)->parent = copy;
    end = &(*end)->next;
  }
  return copy;
}

void
tree_free (struct node *root)
{
  struct node *child;

  while ((child = root->children)) {
    root->children = child->next;
    tree_free (child);
  }
  free (root->value);
  free (root);
}

/* Go down `path` as far as it exists; *rest is what is left of it. */
static struct node *
walk (struct node *root, const char *path, const char **rest)
{
  struct node *node = root, *child;

  while (*path == '/' && path[1] != '\0') {
    size_t length = strcspn (path + 1, "/");

    child = find_child (node, path + 1, length);
    if (child == NULL)
      break;
    node = child;
    path += 1 + length;
  }
  *rest = strcmp (path, "/") == 0 ? "" : path;
  return node;
}

struct node *
tree_find (struct node *root, const char *path)
{
  const char *rest;
  struct node *node = walk (root, path, &rest);

  return *rest ? NULL : node;
}

struct node *
tree_nearest (struct node *root, const char *path)
{
  const char *rest;

  return walk (root, path, &rest);
}

struct node *
tree_make (struct node *root, const char *path, uint32_t domid)
{
  const char *rest;
  struct node *node = walk (root, path, &rest), *parent;

  while (*rest == '/') {
    size_t length = strcspn (rest + 1, "/");

    parent = node;
    tree_touch (parent);
    node = add_child (parent, rest + 1, length);
    node->nperms = parent->nperms;
    memcpy (node->perms, parent->perms, sizeof node->perms);
    if (domid != 0)
      node->perms[0].domid = domid; /* it is the one who pays for it */
    set_value (node, "", 0);
    rest += 1 + length;
  }
  return node;
}

void
tree_set (struct node *node, const char *value, uint32_t length)
{
  set_value (node, value, length);
  tree_touch (node);
}

void
tree_remove (struct node *node)
{
  struct node **p = &node->parent->children;

  while (*p != node)
    p = &(*p)->next;
  *p = node->next;
  tree_touch (node->parent);
  tree_free (node);
}

bool
tree_may (const struct node *node, uint32_t domid, unsigned access)
{
  unsigned i;

  if (domid == 0 || node->perms[0].domid == domid)
    return true;
  for (i = 1; i < node->nperms; i++)
    if (node->perms[i].domid == domid)
      return (node->perms[i].access & access) == access;
  return (node->perms[0].access & access) == access;
}

void
tree_path (const struct node *node, char *path)
{
  size_t n;

  if (node->parent == NULL) {
    strcpy (path, "");
    return;
  }
  tree_path (node->parent, path);
  n = strlen (path);
  snprintf (path + n, STORE_PATH_SIZE - n, "/%s", node->name);
}

size_t
perms_format (const struct node *node, char *text, size_t size)
{
  size_t used = 0;
  unsigned i;

  for (i = 0; i < node->nperms && used + 16 < size; i++)
    used += 1 + snprintf (text + used, size - used, "%c%u",
                          "nrwb"[node->perms[i].access],
                          node->perms[i].domid);
  return used;
}

unsigned
perms_parse (const char *text, size_t length, struct perm *perms)
{
  static const char letters[] = "nrwb";
  const char *end = text + length, *letter;
  unsigned n = 0;
  char *after;

  while (text < end && n < PERMS_MAX) {
    letter = *text ? strchr (letters, *text) : NULL;
    if (letter == NULL)
      return 0;
    perms[n].access = letter - letters;
    perms[n].domid = strtoul (text + 1, &after, 10);
    if (after == text + 1 || *after != '\0')
      return 0;
    n++;
    text = after + 1;
  }
  return text >= end ? n : 0;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A transaction works on a copy of the tree, and notes what it looked at
 * and what it changed.  At its end, whatever it looked at must be as it
 * was; then the changes are done again, to the tree itself.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "store.h"

struct access {
  struct access *next;
  uint64_t generation; /* 0: there was no such node */
  char path[];
};

struct change {
  struct change *next;
  enum change_kind kind;
  size_t length;
  char *data;
  char path[];
};

struct transaction {
  struct transaction *next;
  uint32_t id;
  struct node *root;
  struct access *accesses;
  struct change *changes, **last;
};

static void
apply (struct node *root, struct connection *c, enum change_kind kind,
       const char *path, const char *data, size_t length, bool fire)
{
  struct node *node = tree_find (root, path);

  if (kind == CHANGE_RM) {
    if (node == NULL)
      return;
    if (fire)
      watches_fire (node, path, true);
    tree_remove (node);
    return;
  }
  if (kind == CHANGE_MKDIR && node)
    return;
  if (node == NULL)
    node = tree_make (root, path, c->domid);
  if (kind == CHANGE_WRITE)
    tree_set (node, data, length);
  else if (kind == CHANGE_PERMS) {
    node->nperms = perms_parse (data, length, node->perms);
    tree_touch (node);
  }
  if (fire)
    watches_fire (node, path, false);
}

static void
note_change (struct transaction *t, enum change_kind kind, const char *path,
             const char *data, size_t length)
{
  struct change *noted = calloc (1, sizeof *noted + strlen (path) + 1);

  if (noted == NULL)
    abort ();
  noted->kind = kind;
  strcpy (noted->path, path);
  noted->length = length;
  noted->data = malloc (length + 1);
  if (noted->data == NULL)
    abort ();
  memcpy (noted->data, data, length);
  *t->last = noted;
  t->last = &noted->next;
}

static void
note_access (struct transaction *t, const char *path)
{
  struct access *a;
  struct node *node;

  for (a = t->accesses; a; a = a->next)
    if (strcmp (a->path, path) == 0)
      return;
  a = calloc (1, sizeof *a + strlen (path) + 1);
  if (a == NULL)
    abort ();
  strcpy (a->path, path);
  node = tree_find (t->root, path);
  a->generation = node ? node->base : 0;
  a->next = t->accesses;
  t->accesses = a;
}

/* All that goes with a node that is removed. */
static void
note_below (struct transaction *t, struct node *node)
{
  char path[STORE_PATH_SIZE];
  struct node *child;

  for (child = node->children; child; child = child->next) {
    tree_path (child, path);
    note_access (t, path);
    note_below (t, child);
  }
}

void
change (struct request *r, enum change_kind kind, const char *path,
        const char *data, size_t length)
{
  if (r->t) {
    note_change (r->t, kind, path, data, length);
    if (kind == CHANGE_RM)
      note_below (r->t, tree_find (r->root, path));
  }
  apply (r->root, r->c, kind, path, data, length, r->t == NULL);
}

/* A node that is missing depends on the one that would hold it. */
void
transaction_access (struct request *r, const char *path)
{
  char above[STORE_PATH_SIZE];

  if (r->t == NULL)
    return;
  if (tree_find (r->root, path) == NULL) {
    tree_path (tree_nearest (r->root, path), above);
    note_access (r->t, *above ? above : "/");
  }
  note_access (r->t, path);
}

struct transaction *
transaction_find (struct connection *c, uint32_t id)
{
  struct transaction *t;

  for (t = c->transactions; t && t->id != id; t = t->next)
    ;
  return t;
}

struct node *
transaction_root (struct transaction *t)
{
  return t->root;
}

static void
free_transaction (struct connection *c, struct transaction *t)
{
  struct transaction **p = &c->transactions;
  struct access *a;
  struct change *noted;

  while (*p != t)
    p = &(*p)->next;
  *p = t->next;
  while ((a = t->accesses)) {
    t->accesses = a->next;
    free (a);
  }
  while ((noted = t->changes)) {
    t->changes = noted->next;
    free (noted->data);
    free (noted);
  }
  tree_free (t->root);
  free (t);
}

void
transactions_free (struct connection *c)
{
  while (c->transactions)
    free_transaction (c, c->transactions);
}

int
do_transaction_start (struct request *r)
{
  struct transaction *t;
  char text[16];

  if (r->t)
    return EBUSY;
  t = calloc (1, sizeof *t);
  if (t == NULL)
    return ENOMEM;
  t->last = &t->changes;
  t->root = tree_copy (store.root);
  do
    t->id = ++r->c->last_transaction;
  while (t->id == 0 || transaction_find (r->c, t->id));
  t->next = r->c->transactions;
  r->c->transactions = t;
  request_reply (r, text, snprintf (text, sizeof text, "%u", t->id) + 1);
  return 0;
}

/* Has anybody been here? */
static bool
conflicts (const struct transaction *t)
{
  const struct access *a;
  struct node *node;

  for (a = t->accesses; a; a = a->next) {
    node = tree_find (store.root, a->path);
    if (a->generation != (node ? node->generation : 0))
      return true;
  }
  return false;
}

int
do_transaction_end (struct request *r)
{
  struct transaction *t = r->t;
  struct change *noted;
  int error = 0;

  if (t == NULL)
    return ENOENT;
  if (strcmp (r->data, "T") != 0 && strcmp (r->data, "F") != 0)
    return EINVAL;
  if (r->data[0] == 'T') {
    if (conflicts (t))
      error = EAGAIN;
    else if (store.have_host)
      fx_fault (FX_FAULT_store_transaction, EAGAIN, &error);
    if (error == EAGAIN && store.have_host)
      fx_count (FX_COUNT_store_conflict, 1);
    if (error == 0)
      request_ok (r); /* before the events that it causes */
    for (noted = t->changes; error == 0 && noted; noted = noted->next)
      apply (store.root, r->c, noted->kind, noted->path, noted->data,
             noted->length, true);
  }
  else
    request_ok (r);
  free_transaction (r->c, t);
  return error;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In the place of xenbus/store.c: xenstore as a list of nodes in memory.  A
 * directory is there as long as something is in it.
 */

#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "xenbus/store.h"

#define STORE_NODES 512u
#define STORE_PENDING 32u /* writes in one transaction */

struct store_node {
  char *path, *value;  /* value NULL: removed, in a transaction */
  size_t length;       /* of the value, which may have NULs in it */
};

struct store {
  struct store_node nodes[STORE_NODES];
  unsigned count;
  struct store_node pending[STORE_PENDING];
  unsigned npending;
  bool transaction;
  bool lost;
  bool unreachable;     /* store_open fails */
  unsigned conflicts;   /* transactions that meet another writer */
  unsigned fail;        /* the n-th write from now on fails; 0: none */
  int fail_error;
  unsigned fail_read;   /* the n-th read from now on fails; 0: none */
  /* The backend asks for a node; NULL: nobody wants to know. */
  void (*asked) (const char *path);
  /* The backend changed a node (NULL: removed it). */
  void (*changed) (const char *path, const char *value);
  /* What another writer does meanwhile. */
  void (*meanwhile) (void);
};

/* As anyone but the backend writes, or removes a node and all below it. */
extern void fake_store_set (struct store *store, const char *path,
                            const char *value, size_t length);
extern void fake_store_unset (struct store *store, const char *path);

/* The value, or NULL. */
extern const char *fake_store_get (const struct store *store,
                                   const char *path);

extern void fake_store_clear (struct store *store);

/* What store_open returns; NULL: nobody is there.  fake-store-open.c */
extern struct store *fake_store_open;

#endif

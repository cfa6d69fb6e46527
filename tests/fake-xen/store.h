/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * fake-xenstored: a xenstore for tests.  One process, one loop, no limits
 * on what a client may use but those of the wire (xen/io/xs_wire.h).
 */

#ifndef FAKE_XEN_STORE_H
#define FAKE_XEN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ev.h>

#include <xen/io/xs_wire.h>

#define STORE_PATH_SIZE (XENSTORE_ABS_PATH_MAX + 1)

/* ---- the tree: store-tree.c ---- */

#define PERM_READ  1u
#define PERM_WRITE 2u
#define PERMS_MAX  16u

/* perms[0] is the owner, and what all not named may do. */
struct perm {
  uint32_t domid;
  unsigned access;
};

struct node {
  struct node *parent, *children, *next;
  uint64_t generation; /* changes with value, permissions and children */
  uint64_t base;       /* in a copy: what it was in the tree; 0: new */
  uint32_t length;
  char *value;
  unsigned nperms;
  struct perm perms[PERMS_MAX];
  char name[];
};

extern struct node *tree_new (void);
extern struct node *tree_copy (const struct node *root);
extern void tree_free (struct node *root);

/* The node at `path`, or NULL. */
extern struct node *tree_find (struct node *root, const char *path);

/* The deepest existing node of `path`, to see who may create it. */
extern struct node *tree_nearest (struct node *root, const char *path);

/* Create `path` and what is missing above it, for `domid`. */
extern struct node *tree_make (struct node *root, const char *path,
                               uint32_t domid);
extern void tree_set (struct node *node, const char *value, uint32_t length);
extern void tree_remove (struct node *node);
extern void tree_touch (struct node *node);
extern bool tree_may (const struct node *node, uint32_t domid,
                      unsigned access);

/* Fill `path` (STORE_PATH_SIZE) with where the node is. */
extern void tree_path (const struct node *node, char *path);

/* Its text form, "n0\0r5\0".  Returns its length. */
extern size_t perms_format (const struct node *node, char *text, size_t size);

/* Returns the number of permissions, or 0 if the text is wrong. */
extern unsigned perms_parse (const char *text, size_t length,
                             struct perm *perms);

/* ---- connections: fake-xenstored.c ---- */

struct watch {
  struct watch *next;
  char *path;     /* absolute, or special with an @ */
  char *token;
  bool relative;  /* asked for with a relative path, answered so */
};

struct connection {
  struct connection *next;
  ev_io reader, writer;
  int fd;
  uint32_t domid;
  bool dead;
  struct watch *watches;
  struct transaction *transactions;
  uint32_t last_transaction;
  size_t have;    /* bytes of the message so far */
  struct {
    struct xsd_sockmsg header;
    char data[XENSTORE_PAYLOAD_MAX + 1];
  } in;
  char *out;
  size_t out_start, out_end, out_size;
};

struct store {
  struct ev_loop *loop;
  struct node *root;
  struct connection *connections;
  bool have_host; /* there is a host that tells what shall fail */
};

extern struct store store;

/* Queue a message. */
extern void connection_send (struct connection *c, uint32_t type,
                             uint32_t request, uint32_t transaction,
                             const void *data, size_t length);

/* A domain's own socket. */
extern void domain_introduce (uint32_t domid);
extern void domain_release (uint32_t domid);
extern bool domain_introduced (uint32_t domid);

/* Drop all connections and be away for some time. */
extern void store_outage (double seconds, bool lose);

/* ---- requests: store-ops.c, store-nodes.c ---- */

struct request {
  struct connection *c;
  struct transaction *t;  /* or NULL */
  struct node *root;      /* the tree to work on */
  uint32_t type, id, transaction;
  char *data;             /* ends with a NUL that is not counted */
  size_t length;
};

extern void request_run (struct connection *c);
extern void request_reply (struct request *r, const void *data,
                           size_t length);
extern void request_ok (struct request *r);

/* Make the path absolute.  Returns 0 or an errno. */
extern int request_path (struct request *r, const char *text, char *path);

/* Each returns 0 after it has replied, or an errno. */
extern int do_directory (struct request *r);
extern int do_directory_part (struct request *r);
extern int do_read (struct request *r);
extern int do_write (struct request *r);
extern int do_mkdir (struct request *r);
extern int do_rm (struct request *r);
extern int do_get_perms (struct request *r);
extern int do_set_perms (struct request *r);

/* ---- changes and transactions: store-transaction.c ---- */

/* A change to a node; `data` is the value, or permissions as text. */
enum change_kind { CHANGE_WRITE, CHANGE_MKDIR, CHANGE_RM, CHANGE_PERMS };

/* Do it to the tree of the request: at once and with watch events, or in
 * its transaction.
 */
extern void change (struct request *r, enum change_kind kind,
                    const char *path, const char *data, size_t length);

/* Note that the request's transaction depends on the node. */
extern void transaction_access (struct request *r, const char *path);
extern struct transaction *transaction_find (struct connection *c,
                                             uint32_t id);
/* The transaction's copy of the tree. */
extern struct node *transaction_root (struct transaction *t);
extern int do_transaction_start (struct request *r);
extern int do_transaction_end (struct request *r);
extern void transactions_free (struct connection *c);

/* ---- watches: store-watch.c ---- */

extern int do_watch (struct request *r);
extern int do_unwatch (struct request *r);

/* The node at `path` has changed; with `below` also all that is below it
 * (it is about to be removed).
 */
extern void watches_fire (struct node *node, const char *path, bool below);
extern void watches_fire_special (const char *name);
extern void watches_free (struct connection *c);

#endif

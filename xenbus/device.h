/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One device's nodes in xenstore: what the toolstack and the frontend wrote
 * there, and what we write.  doc/xenstore-nodes.md lists them all.
 */

#ifndef XENBUS_DEVICE_H
#define XENBUS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "blkif.h"
#include "handshake.h"
#include "ring.h"
#include "store.h"

#define DEVICE_PATH_MAX    256u /* bytes of the paths that we build */
#define DEVICE_ERROR_MAX   512u /* bytes of a sentence for the operator */
#define DEVICE_QUEUES_MAX    8u /* rings of one device that we can serve */

/* The backend kinds of libxl that a disk of ours may have. */
enum device_kind {
  DEVICE_VBD,   /* disk=[script=block-nbdback] */
  DEVICE_QDISK, /* backendtype=qdisk */
  DEVICE_VBD3,  /* backendtype=tap, Xen 4.19 and later */
  DEVICE_KINDS
};

/* Which device: backend/KIND/DOMID/DEVID. */
struct device_id {
  enum device_kind kind;
  uint32_t domid;  /* the guest's */
  uint32_t devid;  /* the virtual device number */
};

/* "vbd", "qdisk" or "vbd3". */
extern const char *device_kind_name (enum device_kind kind);

/* Read "KIND/DOMID/DEVID" strictly.  Returns 0 or -1. */
extern int device_id_parse (const char *text, struct device_id *id);

extern bool device_id_equal (const struct device_id *a,
                             const struct device_id *b);

/* Where a device is in the store. */
struct device_paths {
  char backend[DEVICE_PATH_MAX];  /* absolute; needs no look-up */
  char frontend[DEVICE_PATH_MAX]; /* absolute; "" before device_read_config */
  char error[DEVICE_PATH_MAX];    /* the directory of the error node */
  char vm[DEVICE_PATH_MAX];       /* /local/domain/DOMID */
};

/* Fill in all but the frontend, for a backend in domain `own_domid`. */
extern void device_paths_init (struct device_paths *paths,
                               uint32_t own_domid,
                               const struct device_id *id);

/* The toolstack's half.  Nobody but the toolstack and us may write these. */
struct device_config {
  char params[STORE_VALUE_MAX + 1]; /* the target, with libxl's prefix */
  char script[DEVICE_PATH_MAX];     /* "" if none is set */
  char vdev[64];                    /* as the operator calls it: "xvda" */
  bool writable;                    /* mode w */
  bool may_share;                   /* mode w!: the operator knows of others */
  bool cdrom;
  bool removable;
  bool discard;                     /* discard-enable, 1 if missing */
  bool attached;                    /* by device_attach, no toolstack knows */
};

/* Read the toolstack's half, and the frontend's path into `paths`.
 *
 * Returns 0, or -1 and says why: a node is missing, or has a value that it
 * must not have, or the frontend's path is not below its domain's directory.
 * config->script and ->params are set even then, as far as they can be read.
 */
extern int device_read_config (struct store *store,
                               const struct device_id *id,
                               struct device_paths *paths,
                               struct device_config *config,
                               struct failure *failure);

/* What changes while a device lives. */
struct device_state {
  bool gone;                     /* the backend directory is gone */
  bool frontend_gone;            /* the frontend's is, or its domain */
  enum handshake_state own;
  enum handshake_state frontend;
  bool online;
  bool claimed;                  /* hotplug-status is "connected" */
};

/* Read these.  Returns 0, or -1 with errno if any of them cannot be had, for
 * other reasons than that it is not there: `state` is untouched then, and
 * nothing must be concluded.
 */
extern int device_read_state (struct store *store,
                              const struct device_paths *paths,
                              struct device_state *state);

/* After reading a node failed with errno: does that tell nothing of it?  A
 * value that makes no sense is the writer's fault and tells something.
 */
extern bool device_unknown (struct store *store);

/* The guest's half, range-checked. */
struct device_rings {
  const struct blkif_abi *abi;
  unsigned count;                /* rings, 1 to DEVICE_QUEUES_MAX */
  bool persistent;               /* it can keep its grants */
  struct device_ring {
    uint32_t port;               /* event channel in the guest */
    unsigned pages;              /* a power of two up to RING_PAGES_MAX */
    uint32_t refs[RING_PAGES_MAX];
  } rings[DEVICE_QUEUES_MAX];
};

/* Read the guest's half.  `queues_max` and `order_max` are what it was
 * offered.  Returns 0, or -1 with errno and a sentence that names the node,
 * its value and what is allowed.  EAGAIN: the store could not be read, which
 * says nothing about the guest; EINVAL: all else.
 */
extern int device_read_rings (struct store *store,
                              const struct device_paths *paths,
                              unsigned queues_max, unsigned order_max,
                              struct device_rings *rings,
                              struct failure *failure);

/* Write what must be there before InitWait, and that state, in one
 * transaction.  Nodes that another backend left are put right.  Returns 0
 * or -1 with errno.
 */
extern int device_write_offer (struct store *store,
                               const struct device_paths *paths,
                               unsigned queues_max, unsigned order_max);

/* The disk as the guest is to see it. */
struct device_properties {
  uint64_t sectors;            /* of 512 bytes */
  uint32_t sector_size;        /* bytes */
  uint32_t physical_size;      /* bytes, physical-sector-size */
  uint32_t discard_granularity; /* bytes */
  unsigned indirect;           /* segments of indirect requests; 0: none */
  bool persistent;             /* grants are kept, by both sides */
  bool cdrom, removable, read_only;
  bool flush, discard;
};

/* Write them and state Connected, in one transaction. */
extern int device_write_properties (struct store *store,
                                    const struct device_paths *paths,
                                    const struct device_properties *properties);

/* Write another size, in sectors of 512 bytes, and state Connected again, which
 * makes frontends look, in one transaction.  Fails with ECANCELED if the state
 * is not Connected any more.
 */
extern int device_write_size (struct store *store,
                              const struct device_paths *paths,
                              uint64_t sectors);

/* Write our state.  Returns 0 or -1 with errno. */
extern int device_write_state (struct store *store,
                               const struct device_paths *paths,
                               enum handshake_state state);

/* Tell the operator, and the guest's driver, what is wrong; "" takes it
 * back and leaves no empty directories behind.
 */
extern int device_write_error (struct store *store,
                               const struct device_paths *paths,
                               const char *text);

/* How many children has the directory `path`?  0 if it is not there, -1 with
 * errno if that cannot be said.
 */
extern int device_count_children (struct store *store, unsigned transaction,
                                  const char *path);

/* Write a node of the backend directory that is for operators and tools, not
 * for the guest; NULL removes it.
 */
extern int device_write_note (struct store *store,
                              const struct device_paths *paths,
                              const char *name, const char *text);

/* Read the path of the VM that the guest is one run of, which a reboot, a
 * restore or a migration does not change, into `vm` (DEVICE_PATH_MAX bytes);
 * "" if there is none.  Returns 0, or -1 with errno if it cannot be read now.
 */
extern int device_read_vm (struct store *store,
                            const struct device_paths *paths, char *vm);

#endif

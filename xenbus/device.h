/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One device's nodes in xenstore: where they are, and what the toolstack wrote
 * there.  doc/xenstore-nodes.md lists them all.
 */

#ifndef XENBUS_DEVICE_H
#define XENBUS_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "device-id.h"
#include "handshake.h"
#include "store.h"

#define DEVICE_PATH_MAX    256u /* bytes of the paths that we build */
#define DEVICE_ERROR_MAX   512u /* bytes of a sentence for the operator */

#define DEVICE_ATTACHED "nbd-attached" /* the node of the backend directory that
                                        * is 1 if device_attach wrote them */

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

/* The toolstack's half.  Nobody but the toolstack and us may write it. */
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

/* What changes in the nodes while a device lives. */
struct device_state {
  bool gone;                     /* the backend directory is gone */
  bool frontend_gone;            /* the frontend's directory is gone, or its
                                  * domain */
  enum handshake_state own;
  enum handshake_state frontend;
  bool online;
  bool claimed;                  /* hotplug-status is "connected" */
};

/* Read what changes.  Returns 0, or -1 with errno if a node cannot be read for
 * another reason than that it is not there: `state` is untouched then, and
 * nothing must be concluded.
 */
extern int device_read_state (struct store *store,
                              const struct device_paths *paths,
                              struct device_state *state);

/* After reading a node failed with errno: is it still unknown what the node is?
 * A value that makes no sense is the writer's fault, and is known.
 */
extern bool device_unknown (struct store *store);

/* Count the children of the directory `path`: 0 if it is not there, -1 with
 * errno if that cannot be said.
 */
extern int device_count_children (struct store *store, unsigned transaction,
                                  const char *path);

/* Read the path of the VM that the guest is one run of, which a reboot, a
 * restore or a migration does not change, into `vm` (DEVICE_PATH_MAX bytes);
 * "" if there is none.  Returns 0, or -1 with errno if it cannot be read now.
 */
extern int device_read_vm (struct store *store,
                           const struct device_paths *paths, char *vm);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the operator, libxl and the guest's driver can see of a disk's NBD side
 * in xenstore: the node nbd-state, the error node, and two for one kind of
 * device.  A node is written when it does not say what is true now.
 */

#ifndef BRIDGE_DISK_SHOWN_H
#define BRIDGE_DISK_SHOWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "again.h"
#include "disk-facts.h"
#include "disk-guest.h"
#include "disk-target.h"
#include "disk-worker.h"

/* What the nodes say.  Nobody but disk-shown.c looks inside. */
struct disk_shown {
  char error[DEVICE_ERROR_MAX]; /* "?": writing it failed, or it was another
                                 * daemon that did */
  char state[DEVICE_ERROR_MAX]; /* the same */
  pid_t pid;                    /* 0: nothing was written */
  bool path;                    /* the export's path was written */
};

/* It is not known what they say. */
extern void disk_shown_init (struct disk_shown *shown);

/* The state of the server, as in nbd-state: a word, and *reason, which may be
 * "".
 */
extern const char *disk_shown_server (const struct disk_facts *facts,
                                      const struct disk_target *target,
                                      const struct disk_worker *worker,
                                      const char **reason);

/* Write what does not say what is true. */
extern enum again disk_shown_update (struct disk_shown *shown,
                                     const struct disk_facts *facts,
                                     const struct disk_target *target,
                                     const struct disk_worker *worker,
                                     const struct disk_guest *guest,
                                     struct store *store);

/* Does an error node have to be taken back when the device goes? */
extern bool disk_shown_remains (const struct disk_shown *shown);

/* Take it back. */
extern enum again disk_shown_remove (struct disk_shown *shown,
                                     const struct disk_facts *facts,
                                     struct store *store);

#endif

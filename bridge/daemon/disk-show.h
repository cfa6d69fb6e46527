/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the operator, and the guest's driver, can see of a disk's NBD side in
 * xenstore: the node nbd-state and the error node.
 */

#ifndef BRIDGE_DISK_SHOW_H
#define BRIDGE_DISK_SHOW_H

#include "disk.h"

/* Write the two nodes where they do not say what is true now. */
extern void disk_show (struct disk *disk);

/* The state of the server, as in nbd-state: a word, and *reason, which may be
 * "".
 */
extern const char *disk_show_server (const struct disk *disk,
                                     const char **reason);

/* The device is gone: take the error node back.  Returns false if that has to
 * be tried again.
 */
extern bool disk_show_gone (struct disk *disk);

#endif

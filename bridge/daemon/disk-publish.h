/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The disk as the guest is told of it.
 */

#ifndef BRIDGE_DISK_PUBLISH_H
#define BRIDGE_DISK_PUBLISH_H

#include "disk.h"

/* Write the properties and state Connected.  Returns 0, or -1 with errno. */
extern int disk_publish (struct disk *disk);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A device's nodes written and removed by us, in the place of a toolstack:
 * both halves in one transaction, as libxl's device_disk_add does.  What we
 * have written has the node DEVICE_ATTACHED, and nothing else is removed.
 */

#ifndef XENBUS_DEVICE_ATTACH_H
#define XENBUS_DEVICE_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

struct device_attachment {
  struct device_id id;
  uint32_t own_domid;
  const char *vdev;     /* "xvdb" */
  const char *target;
  bool read_only;
};

/* The number of the virtual device named `vdev` (Xen's vbd-interface(7)):
 * "xvda" to "xvdzz", and with a partition number.  Returns 0 or -1.
 */
extern int device_vdev_parse (const char *vdev, uint32_t *devid);

/* Write both halves, each in state Initialising.
 *
 * Returns 0, or -1 with errno: ENOENT if there is no such domain, EEXIST if
 * it has a device of that number.
 */
extern int device_attach (struct store *store,
                          const struct device_attachment *what);

/* Ask the frontend to close: online 0 and state Closing, unless the state is
 * Closed.  With `force` the frontend's directory is removed first, as libxl
 * does for a guest that does not answer.  Returns 0, or -1 with errno.
 */
extern int device_ask_to_close (struct store *store,
                                const struct device_paths *paths, bool force);

/* Remove both halves, if device_attach wrote them.  Returns 1, 0 if it did
 * not or they are gone, or -1 with errno.
 */
extern int device_remove_attached (struct store *store,
                                   const struct device_paths *paths);

#endif

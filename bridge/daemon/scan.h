/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Which devices there are.  The store is the truth, watches are hints.
 */

#ifndef BRIDGE_SCAN_H
#define BRIDGE_SCAN_H

#include <stdbool.h>

struct daemon;
struct device_id;
struct disk;

/* The disk of this device, or NULL.  One that is leaving is not found. */
extern struct disk *scan_find (struct daemon *daemon,
                               const struct device_id *id);

/* Look through backend/: add a disk for each device that has none, and mark
 * those whose device is gone.  Returns false if not everything could be read.
 */
extern bool scan_devices (struct daemon *daemon);

/* A watch has fired for `path`: mark the disk that it is about, or note that
 * the list of devices has to be looked at.
 */
extern void scan_note_event (struct daemon *daemon, const char *path);

/* End the workers whose device went while no daemon ran: they still have the
 * guest's pages mapped, and the domain cannot go until they quit.  Only
 * after a complete scan_devices.  Returns false if one does not answer yet: do it
 * again.
 */
extern bool scan_orphans (struct daemon *daemon);

#endif

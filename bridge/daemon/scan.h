/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Which devices there are.  The store is the truth, watches are hints.  Only
 * directories are looked at here; nodes are read by the disk that they are
 * about.
 */

#ifndef BRIDGE_SCAN_H
#define BRIDGE_SCAN_H

#include <stdbool.h>

#include "disks.h"

struct scan {
  struct disks *disks;
  bool due;       /* the list of devices may have changed */
  bool adopted;   /* workers without a device were looked for */
};

/* It is due.  The disks stay the caller's. */
extern void scan_init (struct scan *scan, struct disks *disks);

/* Look through backend/, and once, after a scan that was complete, for workers
 * whose device went while no daemon ran: they still have the guest's pages
 * mapped, and the domain cannot go until they quit.  Returns false if not
 * everything could be read, or such a worker does not answer yet: do it again
 * after a while.
 */
extern bool scan_run (struct scan *scan);

/* A watch has fired for `path`: mark the disk that it is about, look whether
 * there is a device that has none yet, or note that a scan is due.
 */
extern void scan_note_event (struct scan *scan, const char *path);

/* The device's disk, looking into the store if it is not known yet; NULL if
 * there is none.
 */
extern struct disk *scan_find (struct scan *scan,
                               const struct device_id *id);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In the place of bridge/daemon/disk.c and disk-tune.c: disks that do nothing
 * but what a test says, for tests of the set of disks.
 */

#ifndef TESTS_BRIDGE_FAKE_DISK_H
#define TESTS_BRIDGE_FAKE_DISK_H

#include "bridge/daemon/disks.h"

struct fake_disk {
  unsigned disks;              /* how many there are */
  unsigned looks, updates;     /* how often one was asked to */
  enum disk_answer look;       /* what it says then, */
  enum disk_answer update;     /* and then */
  bool over;                   /* nothing is left of those that leave, */
  unsigned asked_over;         /* which was asked so often, */
  bool succeeded;              /* and this said, the last time */
  bool starting;               /* a worker that is adopted does not answer */
  const struct disk *started, *rival; /* the last that was started */
  const struct disk *postponed; /* the last that was */
  const struct disk *opened;   /* the last that was opened, */
  struct tune tune;            /* like this */
  unsigned changed;            /* how often one's tune was changed */
  const char *cannot_change;   /* why that is not possible; or NULL */
};

/* All of it is zero to begin with: looks are answered DISK_STAYS. */
extern struct fake_disk fake_disk;

/* Forget all but the disks. */
extern void fake_disk_reset (void);

#endif

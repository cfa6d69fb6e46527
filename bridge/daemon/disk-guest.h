/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the guest is told of a disk, and takes of it: the offer, its rings, the
 * properties, the size.
 */

#ifndef BRIDGE_DISK_GUEST_H
#define BRIDGE_DISK_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "again.h"
#include "disk-facts.h"
#include "disk-worker.h"

#define DISK_ORDER_MAX RING_ORDER_MAX /* pages of a ring: that power of two */

/* Others than disk-guest.c only read it. */
struct disk_guest {
  bool broken;               /* see handshake.h */
  char broken_off[DEVICE_ERROR_MAX]; /* why the last connection was; "" again
                                      * once there is a good one */
  unsigned queues_offered;   /* at most, by whomever; 0: not known yet */
  bool told_sectors;         /* the next is known */
  uint64_t sectors;          /* as the guest was told */
  struct log_quota quota;    /* of lines that a guest can cause */
};

/* What is to be done next, by the handshake. */
extern enum handshake_action disk_guest_next (const struct disk_guest *guest,
                                              const struct disk_facts *facts,
                                              const struct disk_worker *worker,
                                              enum handshake_target target);

/* On what terms a guest is served. */
struct disk_guest_terms {
  struct store *store;
  unsigned max_queues;       /* that it is offered */
  struct tune tune;          /* how the disk is served */
  double now;                /* seconds */
};

/* Do `action`.  Returns 0, or -1 with errno if the store could not be read or
 * written.
 */
extern int disk_guest_act (struct disk_guest *guest,
                           const struct disk_facts *facts,
                           struct disk_worker *worker,
                           const struct disk_guest_terms *terms,
                           enum handshake_action action);

/* Write the offer and InitWait.  Returns 0 or -1 with errno. */
extern int disk_guest_offer (struct disk_guest *guest,
                             const struct disk_facts *facts,
                             const struct disk_guest_terms *terms);

/* Where a guest that is connected has been told another size than the worker's,
 * tell it.
 */
extern enum again disk_guest_resize (struct disk_guest *guest,
                                     const struct disk_facts *facts,
                                     const struct disk_worker *worker,
                                     const struct disk_guest_terms *terms);

/* The frontend or the worker has failed, and the connection has to end; log
 * that, at time `now`.  The reason stays for the operator to see until there is
 * a good one.
 */
extern void disk_guest_break (struct disk_guest *guest,
                              const struct disk_facts *facts, double now,
                              const char *why);

#endif

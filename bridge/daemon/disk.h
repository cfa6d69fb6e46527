/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One device, as the daemon has it: its nodes on one side, its worker on the
 * other, the handshake in between.
 *
 * Whatever happens only marks the disk.  Its owner then has it look at the
 * facts, tells it what it asks about other disks, and has it act until there
 * is nothing left to do.  The parts of a disk know nothing of each other's
 * insides; what they are given, and when they are called again, is here.
 */

#ifndef BRIDGE_DISK_H
#define BRIDGE_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "disk-facts.h"
#include "disk-guest.h"
#include "disk-shown.h"
#include "disk-target.h"
#include "disk-timers.h"
#include "disk-worker.h"
#include "settings.h"

/* What all disks have in common. */
struct disk_context {
  struct ev_loop *loop;
  struct store *store;          /* NULL while it cannot be reached */
  const struct settings *settings;
  struct spawn_program program;
  uint32_t own_domid;
};

enum disk_phase {
  DISK_CONSIDERED,  /* whose the device is is not known yet */
  DISK_NOT_OURS,
  DISK_OURS,
  DISK_LEAVING,     /* it was ours and is gone from the store; the worker is
                     * ending */
};

/* The hotplug script's claim. */
enum disk_claim {
  DISK_CLAIM_NONE,
  DISK_CLAIM_MADE,  /* the nodes have to be read, for it may be another device's
                     * of the same name */
  DISK_CLAIM_READ,  /* that was done; what xen-blkback wrote has to be put
                     * right, and then there is a verdict */
};

/* Others than disk.c only read it; of its parts, see their headers. */
struct disk {
  const struct disk_context *context;
  enum disk_phase phase;
  enum disk_claim claim;
  bool marked;                  /* something may have changed */
  struct disk_facts facts;

  /* If it is or was ours. */
  struct disk_target target;
  struct disk_worker worker;
  struct disk_guest guest;
  struct disk_shown shown;
  struct disk_timers timers;
};

/* A disk for `id`, marked.  The context stays the caller's.  Returns NULL when
 * out of memory.
 */
extern struct disk *disk_new (const struct disk_context *context,
                              const struct device_id *id);

/* Free it, and let its worker go on.  NULL is allowed. */
extern void disk_free (struct disk *disk);

/* Something may have changed. */
extern void disk_mark (struct disk *disk);

/* What the owner has to do next. */
enum disk_answer {
  DISK_STAYS,        /* nothing */
  DISK_GOES_ON,      /* call disk_update */
  DISK_WANTS_WORKER, /* the same after disk_start and disk_open, or after
                      * disk_postpone */
  DISK_WANTS_TARGET, /* the same after disk_open */
  DISK_GOES,         /* the device is gone from the store: call disk_leave */
  DISK_REPLACED,     /* the same; and another of its name is there already */
  DISK_OVER,         /* call disk_free */
};

/* Look at what has changed: whose the device is, its medium, what has become
 * of its worker.  Not of a disk that is leaving.
 */
extern enum disk_answer disk_look (struct disk *disk);

/* Start a worker, unless there is a `rival` (NULL: there is none), another VM's
 * disk that writes to the same export.  Returns false if there is no worker to
 * be told anything.
 */
extern bool disk_start (struct disk *disk, const struct disk *rival);

/* It is too early to start one: the disk is marked, and wants one again. */
extern void disk_postpone (struct disk *disk);

/* Tell the worker the target, or the medium, that the disk has now, and how to
 * serve it.
 */
extern void disk_open (struct disk *disk, const struct tune *tune);

/* Act on what has changed. */
extern enum disk_answer disk_update (struct disk *disk);

/* The device is gone, if it ever was in the store: end its worker. */
extern void disk_leave (struct disk *disk);

/* Is there nothing left of a disk that is leaving?  One that has been
 * `succeeded` leaves the error node to its successor.
 */
extern bool disk_is_over (struct disk *disk, bool succeeded);

/* A worker was left by a daemon before us, and its device is gone: find it, if
 * it is there, and leave.  Returns 0, or -1 if it has only just been started:
 * the disk has to be freed then, and all of it tried again.
 */
extern int disk_adopt (struct disk *disk);

/* The store can be reached again, by another connection. */
extern void disk_reconnect (struct disk *disk);

/* How the disk is served: as its worker says; what the settings say as long as
 * there is none, and the defaults for a worker that does not know of any of
 * this.
 */
extern void disk_tune (const struct disk *disk, struct tune *tune);

/* Bytes of the disk that a guest can see. */
extern uint64_t disk_size (const struct disk *disk);

/* The hotplug script asks for the disk.  Nodes that xen-blkback wrote in the
 * meantime are put right, and a target that failed is tried again.
 */
extern void disk_claim (struct disk *disk);

#endif

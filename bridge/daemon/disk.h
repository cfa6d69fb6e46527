/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One device, as the daemon has it: its nodes on one side, its worker on
 * the other, the handshake in between.
 *
 * Whatever happens only marks the disk; disk_update looks at the facts and
 * acts until there is nothing left to do.
 */

#ifndef BRIDGE_DISK_H
#define BRIDGE_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "worker-link.h"
#include "xenbus/device.h"
#include "nbd-client/target.h"

#define DISK_SCRIPT "block-nbdback" /* the hotplug script's name */
#define DISK_RETRY      2.0 /* seconds until what failed is tried again, */
#define DISK_SOON       0.2 /* seconds that what is about to change gets */
#define DISK_LOOK_AGAIN 1.0 /* seconds until the store is tried again */
#define DISK_RETRY_MAX 60.0 /* twice as many each time, up to so many */
#define DISK_URI_MAX (3 * NBD_TARGET_LENGTH_MAX + 1)

struct daemon;

struct disk {
  struct disk *next;            /* on daemon->disks */
  struct daemon *daemon;
  struct device_id id;
  char name[64];                /* "vbd/3/51712", for the log */
  struct device_paths paths;
  struct device_config config;
  struct device_state state;    /* as read last */

  bool marked;                  /* to be updated */
  bool seen;                    /* in the scan that is going on */
  bool ours;                    /* claimed; else all below is unused */
  bool offered;                 /* its state was beyond Initialising once */
  unsigned queues_offered;      /* at most, by whomever; 0: not known yet */
  bool unwatched;               /* its frontend's state cannot be watched */
  bool leaving;                 /* gone from the store; the worker is ending */

  struct link link;
  char uri[DISK_URI_MAX];       /* the target, canonical; "": no target */
  char vm[DEVICE_PATH_MAX];     /* which VM's it is */
  enum handshake_target target;
  enum handshake_rings rings;
  bool broken;                  /* see handshake.h */
  char broken_off[DEVICE_ERROR_MAX]; /* why the last connection was; "" again
                                      * once there is a good one */
  char failure[DEVICE_ERROR_MAX]; /* why the target cannot be had */
  ev_timer retry;
  double retry_after;           /* seconds, the next time */
  bool retry_due;               /* the timer has ended */
  ev_timer look_again;          /* the store could not be read or written */
  bool claim;                   /* the script has asked, see disk_claim */
  uint64_t sectors;             /* as the guest was told, */
  bool told_sectors;            /* if that is known */
  ev_timer size_poll;           /* runs while the size is asked for */
  struct log_quota guest_quota; /* of lines that a guest can cause */

  char error_node[DEVICE_ERROR_MAX]; /* what we wrote there last; "?": that
                                      * failed, or it was another daemon */
  char state_node[DEVICE_ERROR_MAX];
  char bad_medium[STORE_VALUE_MAX + 1]; /* the last that was logged */
  pid_t pid_node;
  bool path_node;               /* it was written */
};

/* A disk for `id`, marked.  Returns NULL when out of memory. */
extern struct disk *disk_new (struct daemon *daemon,
                              const struct device_id *id);

/* The device is gone, if it ever was in the store: end its worker, which is
 * there already when `link` is connected.  Returns true when there is none
 * any more and the disk is to be freed.
 */
extern bool disk_leave (struct disk *disk);

/* Free it, and let its worker go on.  NULL is allowed. */
extern void disk_free (struct disk *disk);

/* Act on what has changed.  Returns true when the disk is done for and is to
 * be freed.
 */
extern bool disk_update (struct disk *disk);

/* The store could not be read or written: update the disk in a while. */
extern void disk_look_again (struct disk *disk);

/* The frontend or the worker has failed, and the connection has to end.  The
 * reason stays for the operator to see until there is a good connection.
 */
extern void disk_break (struct disk *disk, const char *why);

/* May another line that a guest can cause be logged now? */
extern bool disk_may_log (struct disk *disk);

/* Does the disk keep other VMs from writing to its export? */
extern bool disk_holds_export (const struct disk *disk);

/* The hotplug script asks for the disk.  Nodes that xen-blkback wrote in the
 * meantime are put right, and a target that failed is tried again.
 */
extern void disk_claim (struct disk *disk);

/* The answer to that.  Returns false as long as there is none; else sets
 * *accepted, and `text` (DEVICE_ERROR_MAX bytes) to the reason if it is not.
 */
extern bool disk_verdict (const struct disk *disk, bool *accepted,
                          char *text);

#endif

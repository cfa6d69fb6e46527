/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What is known of one device from the store: which nodes it has, whether it
 * is ours, what the toolstack wants, and how far the frontend is.
 *
 * Nothing is concluded from what could not be read.
 */

#ifndef BRIDGE_DISK_FACTS_H
#define BRIDGE_DISK_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "again.h"
#include "nbd-client/target.h"
#include "xenbus/device.h"

#define DISK_SCRIPT "block-nbdback" /* the hotplug script's name */
#define DISK_URI_MAX (3 * NBD_TARGET_LENGTH_MAX + 1) /* bytes, canonical */

/* Others than disk-facts.c only read it. */
struct disk_facts {
  struct device_id id;
  char name[64];                /* "vbd/3/51712", for the log */
  struct device_paths paths;
  struct device_config config;  /* of params, the medium's that was read last */
  char vm[DEVICE_PATH_MAX];     /* which VM's it is */
  struct device_state state;    /* as read last */
  bool begun;                   /* its state was beyond Initialising once */
  bool unwatched;               /* its frontend's state cannot be watched */
  char why_not[DEVICE_ERROR_MAX]; /* why the device is left alone, or "" */
  char bad_medium[STORE_VALUE_MAX + 1]; /* the last that was logged */
};

/* Whose is the device? */
enum disk_facts_owner {
  DISK_FACTS_UNKNOWN,  /* its nodes could not be read, or make no sense */
  DISK_FACTS_OTHERS,
  DISK_FACTS_OURS,
};

/* What has become of it? */
enum disk_facts_life {
  DISK_FACTS_UNREAD,   /* that could not be read */
  DISK_FACTS_THERE,
  DISK_FACTS_GONE,
  DISK_FACTS_REPLACED, /* it is Initialising after we have been through that:
                        * the toolstack has removed the device and made another
                        * of the same name in the meantime */
};

/* Nothing is known yet. */
extern void disk_facts_init (struct disk_facts *facts, uint32_t own_domid,
                             const struct device_id *id);

/* Read the toolstack's nodes: is the device ours?  If not, facts->why_not says
 * why.
 */
extern enum disk_facts_owner disk_facts_consider (struct disk_facts *facts,
                                                  struct store *store);

/* Read facts->state. */
extern enum disk_facts_life disk_facts_read (struct disk_facts *facts,
                                             struct store *store);

/* Do the nodes name another target now?  A script that claims may be a new
 * device's, of the same name, whose first state was not seen because
 * xen-blkback wrote the next one over it.  Returns 1 or 0, or -1 if they
 * cannot be read.
 */
extern int disk_facts_changed (const struct disk_facts *facts,
                               struct store *store);

/* Is the device gone from the store, as far as that can be said? */
extern bool disk_facts_gone (const struct disk_facts *facts,
                             struct store *store);

/* Is there a script that has not claimed the device yet? */
extern bool disk_facts_unclaimed (const struct disk_facts *facts);

/* The medium of a read-only cdrom is what the node params names; empty is an
 * empty drive.  libxl's cd-eject and cd-insert write that node and nothing
 * else.  removable: can there be another medium?  empty: is there none?
 */
extern bool disk_facts_removable (const struct disk_facts *facts);
extern bool disk_facts_empty (const struct disk_facts *facts);

/* Look for another medium.  Returns true if there is one, or none where there
 * was one; a text that is no target is not one.
 */
extern bool disk_facts_read_medium (struct disk_facts *facts,
                                    struct store *store);

/* Watch the state of the frontend, and no more of what a guest can write to
 * (XSA-349); or do so no longer.  Where that fails it has to be looked at again
 * and again.
 */
extern enum again disk_facts_watch (struct disk_facts *facts,
                                    struct store *store);
extern void disk_facts_unwatch (const struct disk_facts *facts,
                                struct store *store);

#endif

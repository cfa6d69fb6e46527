/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The set of all disks: found by their device's name or by a path in the store
 * without a look at the others; and what one disk is to know of the others.
 * Nothing here reads a node.
 */

#ifndef BRIDGE_DISKS_H
#define BRIDGE_DISKS_H

#include <stdbool.h>

#include "base/failure.h"
#include "disk.h"

#define DISKS_BUCKETS 1024u /* of each hash table */

struct disks_entry; /* a disk in the set */

/* Others than disks.c only read the context. */
struct disks {
  struct disk_context context;
  struct disks_entry *all;
  struct disks_entry *by_id[DISKS_BUCKETS];
  struct disks_entry *by_frontend[DISKS_BUCKETS];
};

/* No disks.  All pointers stay the caller's. */
extern void disks_init (struct disks *disks, struct ev_loop *loop,
                        const struct settings *settings,
                        const struct spawn_program *program);

/* Free all; their workers go on. */
extern void disks_free (struct disks *disks);

/* The store can be reached, as domain `own_domid`: all disks are marked.  Or it
 * cannot any more.
 */
extern void disks_connect (struct disks *disks, struct store *store,
                           uint32_t own_domid);
extern void disks_disconnect (struct disks *disks);

/* The disk of this device, or NULL.  One that is leaving is not found. */
extern struct disk *disks_find (const struct disks *disks,
                                const struct device_id *id);

/* The disk of ours that is this guest's virtual device, "xvda", or NULL. */
extern struct disk *disks_find_vdev (const struct disks *disks,
                                     uint32_t domid, const char *vdev);

/* The first disk of ours behind `after` in an order that does not change, or of
 * all if that is NULL; NULL if there is none.
 */
extern struct disk *disks_next (const struct disks *disks,
                                const struct device_id *after);

/* Another VM's disk that writes to the same export, which is not allowed to be
 * shared; NULL if there is none.
 */
extern const struct disk *disks_rival (const struct disks *disks,
                                       const struct disk *disk);

/* Is there a new device of the name of one that is leaving? */
extern bool disks_has_successor (const struct disks *disks,
                                 const struct disk *disk);

/* Mark the disks whose frontend's directory the node `path` is in.  Returns
 * false if there is none.
 */
extern bool disks_mark_frontend (struct disks *disks, const char *path);

/* Mark all disks. */
extern void disks_mark_all (struct disks *disks);

/* All devices are about to be seen: those that are seen get a disk, if they
 * have none, and the others are marked at the end, to see for themselves that
 * they are gone.  Seeing one without the rest is fine.
 */
extern void disks_begin_seeing (struct disks *disks);
extern void disks_see (struct disks *disks, const struct device_id *id);
extern void disks_end_seeing (struct disks *disks);

/* A worker was left whose device is gone: end it.  Returns false if it has only
 * just been started: do it again.
 */
extern bool disks_end_orphan (struct disks *disks,
                              const struct device_id *id);

/* Update those that are marked.  Returns true if any wants to be updated again
 * at once.
 */
extern bool disks_update (struct disks *disks);

/* Change the limits of a disk as disk_tune_change does, and of its fellows,
 * which are in the same group of limits.  Returns as that does; a fellow that
 * cannot be told is logged.
 */
extern int disks_limit (struct disks *disks, struct disk *disk,
                        const struct tune *tune, struct failure *failure);

/* Workers log this much, those to come as well. */
extern void disks_log_level (struct disks *disks, enum log_level level);

#endif

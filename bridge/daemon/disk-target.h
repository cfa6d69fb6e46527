/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The NBD side of a device in the daemon: which export, may it be used, is it
 * open.
 */

#ifndef BRIDGE_DISK_TARGET_H
#define BRIDGE_DISK_TARGET_H

#include <stdbool.h>

#include "base/failure.h"
#include "disk-facts.h"
#include "disk-worker.h"
#include "settings.h"

#define DISK_RETRY      2.0 /* seconds until a target that failed is tried
                             * again; each time twice as many */
#define DISK_RETRY_MAX 60.0 /* seconds that this comes to at most */

/* Others than disk-target.c only read it. */
struct disk_target {
  char uri[DISK_URI_MAX];         /* canonical; "": no target */
  enum handshake_target state;
  char failure[DEVICE_ERROR_MAX]; /* why it cannot be had, or not yet; or "" */
  double retry_after;             /* seconds, the next time */
};

/* No target is known, and none was tried. */
extern void disk_target_init (struct disk_target *target);

/* Set target->uri to what the device names, "" for an empty drive.  Returns 0,
 * or -1 with a sentence if that is no target.
 */
extern int disk_target_name (struct disk_target *target,
                             const struct disk_facts *facts,
                             struct failure *failure);

/* It is being opened from now on. */
extern void disk_target_begin (struct disk_target *target);

/* The message for the worker, all but how the disk is to be served. */
extern void disk_target_order (const struct disk_facts *facts,
                               const struct settings *settings,
                               struct message *message);

/* Take in what the worker has said of the target, and log it.  The disk is
 * served as `tune` says.  Returns 0, or -1 with a sentence if the target cannot
 * be had.
 */
extern int disk_target_hear (struct disk_target *target,
                             const struct disk_facts *facts,
                             const struct disk_worker *worker,
                             const struct tune *tune,
                             struct failure *failure);

/* The target cannot be had, which is logged. */
extern void disk_target_fail (struct disk_target *target,
                              const struct disk_facts *facts,
                              const char *why);

/* Seconds until it is to be begun once more. */
extern double disk_target_delay (struct disk_target *target);

/* May it be served so that writes are durable when they are answered, or
 * flushed?  Only an open export can answer that.
 */
extern bool disk_target_durable (const struct disk_facts *facts,
                                 const struct disk_worker *worker,
                                 const struct tune *tune);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The file in which xentop looks for the figures of a disk of kind vbd3:
 * /dev/shm/td3-PID/vbd-DOMID-DEVID, where PID is in the node kthread-pid.
 * Its content is libxenstat's struct vbd3_stats, version 1 (tools/libs/stat/
 * xenstat_linux.c in Xen), 96 bytes.  Ticks are microseconds.
 */

#ifndef BRIDGE_SHARED_STATS_FILE_H
#define BRIDGE_SHARED_STATS_FILE_H

#include <sys/types.h>

#include "stats.h"
#include "xenbus/device-id.h"

#define STATS_FILE_INTERVAL 1.0 /* seconds between two writes, at least */

struct stats_file;

/* Make this process's file for the device.  What a dead process of the same
 * number left there is replaced; what is not ours is refused.  Returns NULL
 * with errno.
 */
extern struct stats_file *stats_file_open (const struct device_id *id);

/* Write the sum of all rings.  Nothing is said if that fails. */
extern void stats_file_write (struct stats_file *file,
                              const struct stats *sum);

/* Remove the file, and its folder.  NULL is allowed. */
extern void stats_file_close (struct stats_file *file);

/* Remove what a worker that was killed has left.  Says nothing if there is
 * no such file.
 */
extern void stats_file_remove (pid_t pid, const struct device_id *id);

#endif

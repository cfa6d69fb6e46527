/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The names in the run directory, which is where the programs meet.  Whoever
 * makes a file there says in its own header who removes it.
 */

#ifndef BRIDGE_RUN_DIR_H
#define BRIDGE_RUN_DIR_H

#define RUN_DIR_DEFAULT  RUNSTATEDIR "/xen-nbdback"
#define RUN_DIR_PATH_MAX 128 /* bytes of a file's name, with its NUL */
#define RUN_DIR_MAX       71 /* of those, the directory's own, so that the name of
                              * a socket fits an address (sun_path, 108) */
#define RUN_DIR_BACKLOG  16  /* clients that wait for a socket to accept them */

/* Each writes a name in `run_dir` to `path`, RUN_DIR_PATH_MAX bytes, cut where
 * it does not fit.  lock: who has it locked is the daemon.  control: its
 * socket.  worker: the socket of the worker for `device`, "vbd/3/51712".
 * group: what the disks of a group of limits have in common.
 */
extern void run_dir_lock (char *path, const char *run_dir);
extern void run_dir_control (char *path, const char *run_dir);
extern void run_dir_worker (char *path, const char *run_dir,
                            const char *device);
extern void run_dir_group (char *path, const char *run_dir, const char *group);

#endif

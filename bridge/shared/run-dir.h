/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The names in the run directory, which is where the programs meet.  Whoever
 * makes a file there says in its own header who removes it.
 */

#ifndef BRIDGE_SHARED_RUN_DIR_H
#define BRIDGE_SHARED_RUN_DIR_H

#define RUN_DIR_DEFAULT  RUNSTATEDIR "/xen-nbdback"
#define RUN_DIR_PATH_MAX 128 /* bytes of a file's name, with its NUL */
#define RUN_DIR_MAX       71 /* bytes of the directory's own name, so that the
                              * name of a socket in it fits an address, which
                              * has 108 (sun_path) */
#define RUN_DIR_BACKLOG   16 /* clients that wait for a socket to accept them */

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

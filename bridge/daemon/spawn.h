/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Processes of workers: found again by the name of their socket, or started.
 */

#ifndef BRIDGE_SPAWN_H
#define BRIDGE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "bridge/shared/log.h"

/* How to start workers. */
struct spawn_program {
  const char *worker;     /* name of its file */
  const char *run_dir;
  enum log_level level;
  bool syslog;
};

/* A worker that runs.  Both descriptors are the caller's. */
struct spawn {
  int fd;                 /* connected to its socket */
  int pidfd;              /* of one that was there before; -1: it is a child */
  pid_t pid;
};

/* Find the worker that listens at `path`.  Returns 0, or -1 with errno: ENOENT
 * or ECONNREFUSED if there is none, EAGAIN or another if there may be one that
 * is not up to answering.
 */
extern int spawn_find (struct spawn *spawn, const char *path);

/* Start a worker for `device`, "vbd/3/51712", that listens at `path`, where
 * there is none.  Returns 0, or -1 with errno, and then nothing of it is left.
 */
extern int spawn_start (struct spawn *spawn, const char *path,
                        const char *device,
                        const struct spawn_program *program);

#endif

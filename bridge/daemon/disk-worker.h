/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A disk's worker, and what it has of the guest.
 */

#ifndef BRIDGE_DISK_WORKER_H
#define BRIDGE_DISK_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker-link.h"

/* Others than disk-worker.c only read it. */
struct disk_worker {
  struct worker_link link;
  enum handshake_rings rings; /* as far as is known; what was asked for counts
                               * until there is an answer */
};

/* Find the worker that a daemon before us left, which may have rings.  Returns
 * false if there is none.
 */
extern bool disk_worker_find (struct disk_worker *worker,
                              const struct spawn_program *program);

/* Start one.  Returns 0, or -1 with errno: EAGAIN if there is one that has to
 * end first, or to answer.
 */
extern int disk_worker_start (struct disk_worker *worker,
                              const struct spawn_program *program);

/* Have the worker serve a guest's rings, or give them back.  If it does not
 * take the message it will die.
 */
extern void disk_worker_connect (struct disk_worker *worker,
                                 struct message *message);
extern void disk_worker_disconnect (struct disk_worker *worker);

/* Take in what the worker has said of the rings.  Returns why they failed, or
 * NULL.
 */
extern const char *disk_worker_hear (struct disk_worker *worker);

/* Ask the worker to quit; what it has of the guest is over when it has ended.
 */
extern void disk_worker_quit (struct disk_worker *worker);

/* End the worker, with what is at hand.  With rings, as one that a daemon
 * before left may have them, it has requests to answer and the guest's pages.
 * Returns true if that has to be waited for.
 */
extern bool disk_worker_end (struct disk_worker *worker);

/* Is there a worker of the disk's name, left by one that is gone, or that was
 * another's before the nodes were changed?  It has a guest's pages: end it.
 * Returns true if there was one; it is dead when the link says so.
 */
extern bool disk_worker_end_old (struct disk_worker *worker,
                                 const struct spawn_program *program);

/* End a worker of a later version if it is to give the rings back, or no guest
 * is connected to it by `own`, the state that was read last: what else it is
 * doing cannot be known.
 */
extern void disk_worker_end_strange (struct disk_worker *worker,
                                     enum handshake_state own);

/* It is dead: let go of it.  Writes how it ended, "exited with status 1", to
 * `how` (`size` bytes).
 */
extern void disk_worker_bury (struct disk_worker *worker, char *how,
                              size_t size);

/* Does a guest with this state have its disk from the worker? */
extern bool disk_worker_serves (const struct disk_worker *worker,
                                enum handshake_state own);

/* How the worker serves the disk.  Returns false if it has not said so. */
extern bool disk_worker_tune (const struct disk_worker *worker,
                              struct tune *tune);

/* Bytes of the disk that a guest can see, served like this. */
extern uint64_t disk_worker_size (const struct disk_worker *worker,
                                  const struct tune *tune);

/* Have the worker look whether the export has another size, if it is at
 * leisure.
 */
extern void disk_worker_ask_size (struct disk_worker *worker);

#endif

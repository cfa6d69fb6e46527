/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "disk-worker.h"

#define POLL_SECONDS 5.0 /* that a look for another size may keep requests
                          * waiting */

bool
disk_worker_find (struct disk_worker *worker,
                  const struct spawn_program *program)
{
  if (worker_link_start (&worker->link, program, false) == -1)
    return false;
  log_info (worker->link.name, "found its worker, process %d",
            (int) worker->link.pid);
  worker->rings = HANDSHAKE_RINGS_CONNECTING; /* its status will say */
  return true;
}

int
disk_worker_start (struct disk_worker *worker,
                   const struct spawn_program *program)
{
  if (worker_link_start (&worker->link, program, true) == -1)
    return -1;
  worker->rings = HANDSHAKE_RINGS_NONE;
  return 0;
}

void
disk_worker_connect (struct disk_worker *worker, struct message *message)
{
  worker->rings = worker_link_send (&worker->link, message) == 0
                  ? HANDSHAKE_RINGS_CONNECTING
                  : HANDSHAKE_RINGS_DISCONNECTING;
}

void
disk_worker_disconnect (struct disk_worker *worker)
{
  struct message message = { .type = MESSAGE_DISCONNECT };

  worker->rings = HANDSHAKE_RINGS_DISCONNECTING;
  /* A strange one could not tell us when it has done that. */
  if (worker->link.state != WORKER_LINK_STRANGE)
    worker_link_send (&worker->link, &message);
}

const char *
disk_worker_hear (struct disk_worker *worker)
{
  const struct message_status *status = &worker->link.status;

  if (!worker_link_settled (&worker->link))
    return NULL;
  worker->rings = status->rings;
  return status->ring_error[0] ? status->ring_error : NULL;
}

void
disk_worker_quit (struct disk_worker *worker)
{
  worker->rings = HANDSHAKE_RINGS_DISCONNECTING;
  worker_link_quit (&worker->link);
}

bool
disk_worker_end (struct disk_worker *worker)
{
  disk_worker_hear (worker);
  if (worker->rings != HANDSHAKE_RINGS_NONE) {
    disk_worker_quit (worker);
    return true;
  }
  worker_link_kill (&worker->link);
  return false;
}

bool
disk_worker_end_old (struct disk_worker *worker,
                     const struct spawn_program *program)
{
  if (worker_link_start (&worker->link, program, false) == -1)
    return false;
  log_warning (worker->link.name, "there is a worker of another disk that had "
               "this name; ending it");
  disk_worker_quit (worker);
  return true;
}

/* One that we do not understand is of use to none but a guest that is
 * connected to it, and has not been told to let go of it.
 */
static bool
is_in_the_way (const struct disk_worker *worker, enum handshake_state own)
{
  return worker->link.state == WORKER_LINK_STRANGE &&
         !worker->link.quitting &&
         (worker->rings == HANDSHAKE_RINGS_DISCONNECTING ||
          (own != HANDSHAKE_CONNECTED && own != HANDSHAKE_CLOSING));
}

void
disk_worker_end_strange (struct disk_worker *worker, enum handshake_state own)
{
  if (is_in_the_way (worker, own))
    disk_worker_quit (worker);
}

void
disk_worker_bury (struct disk_worker *worker, char *how, size_t size)
{
  const int status = worker->link.exit_status;

  if (status == -1)
    snprintf (how, size, "ended");
  else if (WIFSIGNALED (status))
    snprintf (how, size, "was killed by signal %d (%s)", WTERMSIG (status),
              strsignal (WTERMSIG (status)));
  else
    snprintf (how, size, "exited with status %d", WEXITSTATUS (status));
  worker_link_close (&worker->link);
  worker->rings = HANDSHAKE_RINGS_NONE;
}

/* Until it is told to let go of them a guest counts on its rings, in Closing
 * too; a worker that a daemon before us left may have them.
 */
bool
disk_worker_serves (const struct disk_worker *worker,
                    enum handshake_state own)
{
  return (own == HANDSHAKE_CONNECTED || own == HANDSHAKE_CLOSING) &&
         (worker->rings == HANDSHAKE_RINGS_CONNECTED ||
          worker->rings == HANDSHAKE_RINGS_CONNECTING);
}

/* One that does not know of any of this has the defaults. */
bool
disk_worker_tune (const struct disk_worker *worker, struct tune *tune)
{
  const struct worker_link *link = &worker->link;

  if (!link->has_status)
    return false;
  if (link->status.has_tune)
    *tune = link->status.tune;
  else
    tune_init (tune);
  return true;
}

uint64_t
disk_worker_size (const struct disk_worker *worker, const struct tune *tune)
{
  const uint64_t size = worker->link.status.export.size;

  return size - size % tune->sector_size;
}

void
disk_worker_ask_size (struct disk_worker *worker)
{
  struct worker_link *link = &worker->link;
  struct message message = {
    .type = MESSAGE_TASK,
    .task = { .kind = TASK_RESIZE, .seconds = POLL_SECONDS,
              .may_shrink = true },
  };

  if (link->fd != -1 && worker_link_settled (link) &&
      worker_link_understands (link, MESSAGE_TASK) &&
      link->status.server == NBD_CLIENT_OPEN)
    worker_link_send (link, &message);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The part of fake-worker.h that is about what operators ask for.
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "fake-worker.h"
#include "fuzz.h"

#define RINGS 3u

/* As a worker would read it. */
static void
check_encoded (const struct message *message)
{
  static char text[MESSAGE_MAX];
  static struct message other;
  const size_t n = message_encode (message, text, sizeof text);

  CHECK (n > 0 && message_decode (text, n, &other) == 0);
  CHECK (other.type == message->type);
}

void
tasks_open (const struct message *message)
{
  struct message_status *status = &fake_worker.status;

  if (!fake_worker.operators)
    return;
  check_encoded (message);
  status->has_tune = status->version >= 2;
  if (status->has_tune)
    status->tune = message->open.tune;
}

void
tasks_take (const struct message *message)
{
  struct message_status *status = &fake_worker.status;

  CHECK (fake_worker.operators && status->version >= 2);
  check_encoded (message);
  switch (message->type) {
  case MESSAGE_TASK:
    fake_worker.task[message->task.kind] = message->serial;
    break;
  case MESSAGE_ASK_STATS:
    fake_worker.stats_serial = message->serial;
    fake_worker.stats_next = 0;
    break;
  case MESSAGE_TUNE:
    CHECK (status->has_tune);
    CHECK (message->tune.tune.sector_size == status->tune.sector_size);
    status->tune = message->tune.tune;
    break;
  case MESSAGE_STOP:
    strcpy (status->stopped, "by the operator");
    break;
  case MESSAGE_RESUME:
    status->stopped[0] = '\0';
    break;
  default:
    CHECK (message->type == MESSAGE_LOG_LEVEL);
  }
}

/* One ring of those that were asked for, with numbers as large as a message
 * can hold.
 */
static void
tell_stats (struct worker_link_stats *stats)
{
  struct stats *ring = &stats->each[fake_worker.stats_next];
  uint64_t *counters = (uint64_t *) ring;
  unsigned i;

  for (i = 0; i < sizeof *ring / sizeof *counters; i++)
    counters[i] = INT64_MAX - i;
  CHECK (stats->serial == fake_worker.stats_serial &&
         stats->got == fake_worker.stats_next);
  stats->rings = RINGS;
  stats->got = ++fake_worker.stats_next;
  if (stats->got == RINGS)
    fake_worker.stats_serial = 0;
}

bool
tasks_step (void)
{
  struct worker_link *link = fake_worker.link;
  unsigned i;

  if (fake_worker.slow || !link || link->fd == -1)
    return false;
  if (fake_worker.stats_serial > 0) {
    tell_stats (link->stats);
    link->changed (link);
    return true;
  }
  for (i = 0; i < TASKS; i++)
    if (fake_worker.task[i] > 0) {
      struct task_end *end = &fake_worker.status.tasks[i];

      end->serial = fake_worker.task[i];
      strcpy (end->error, fake_worker.refuse_rings ? "no room" : "");
      fake_worker.task[i] = 0;
      worker_say ();
      return true;
    }
  return false;
}

uint64_t
worker_link_ask_stats (struct worker_link *link)
{
  struct message message = { .type = MESSAGE_ASK_STATS };

  if (!worker_link_understands (link, MESSAGE_ASK_STATS)) {
    errno = EOPNOTSUPP;
    return 0;
  }
  if (link->stats == NULL)
    link->stats = malloc (sizeof *link->stats);
  CHECK (link->stats != NULL);
  if (worker_link_send (link, &message) == -1)
    return 0;
  memset (link->stats, 0, sizeof *link->stats);
  link->stats->serial = message.serial;
  return message.serial;
}

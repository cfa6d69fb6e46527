/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake-worker.h"
#include "fuzz.h"

struct fake_worker fake_worker;

static void
forget_messages (void)
{
  while (fake_worker.count > 0)
    free (fake_worker.messages[--fake_worker.count]);
}

void
worker_end (void)
{
  forget_messages ();
  memset (&fake_worker, 0, sizeof fake_worker);
}

/* It says how things are, in answer to message `serial`. */
static void
say (uint64_t serial)
{
  struct worker_link *link = fake_worker.link;

  if (!fake_worker.alive || !link || link->fd == -1)
    return;
  if (fake_worker.strange)
    link->state = WORKER_LINK_STRANGE;
  else if (link->state == WORKER_LINK_STARTING)
    link->state = WORKER_LINK_SERVING;
  link->has_status = link->state != WORKER_LINK_STRANGE;
  if (link->has_status) {
    link->status = fake_worker.status;
    link->answered = serial;
  }
  link->changed (link);
}

void
worker_say (void)
{
  if (fake_worker.link)
    say (fake_worker.link->answered);
}

bool
worker_has_rings (void)
{
  unsigned i;

  if (!fake_worker.alive)
    return false;
  for (i = 0; i < fake_worker.count; i++)
    if (fake_worker.messages[i]->type == MESSAGE_CONNECT)
      return true;
  return fake_worker.status.rings != HANDSHAKE_RINGS_NONE;
}

static void
check_rings (const struct device_rings *rings)
{
  unsigned i;

  CHECK (rings->abi != NULL);
  CHECK (rings->count >= 1 && rings->count <= DEVICE_QUEUES_MAX);
  for (i = 0; i < rings->count; i++)
    CHECK (rings->rings[i].pages >= 1 &&
           rings->rings[i].pages <= RING_PAGES_MAX &&
           (rings->rings[i].pages & (rings->rings[i].pages - 1)) == 0);
}

/* Only who has no rings and an open target is told to connect. */
static void
handle_connect (const struct message_connect *connect)
{
  struct message_status *status = &fake_worker.status;

  check_rings (&connect->rings);
  CHECK (status->rings == HANDSHAKE_RINGS_NONE);
  CHECK (status->target == HANDSHAKE_TARGET_OPEN);
  CHECK (connect->read_only || !status->export.read_only);
  CHECK (connect->indirect == status->indirect);
  status->ring_error[0] = '\0';
  if (fake_worker.refuse_rings)
    strcpy (status->ring_error, "cannot map the ring");
  else {
    status->rings = HANDSHAKE_RINGS_CONNECTED;
    status->persistent = connect->persistent;
  }
}

static void
handle (const struct message *message)
{
  struct message_status *status = &fake_worker.status;

  switch (message->type) {
  case MESSAGE_OPEN:
    CHECK (message->open.target[0] != '\0' ||
           (message->open.removable && message->open.options.read_only));
    tasks_open (message);
    break;
  case MESSAGE_CONNECT:
    handle_connect (&message->connect);
    break;
  case MESSAGE_QUIT:
    fake_worker.quitting = true;
    /* fall through */
  case MESSAGE_DISCONNECT:
    status->ring_error[0] = '\0';
    if (status->rings == HANDSHAKE_RINGS_CONNECTED)
      status->rings = HANDSHAKE_RINGS_DISCONNECTING;
    break;
  default:
    tasks_take (message);
  }
}

/* The kernel has not told the daemon yet. */
void
worker_die (int status)
{
  struct worker_link *link = fake_worker.link;

  if (!fake_worker.alive)
    return;
  fake_worker.alive = false;
  fake_worker.status.rings = HANDSHAKE_RINGS_NONE; /* it unmaps */
  forget_messages ();
  if (link) {
    link->fd = -1;
    link->exit_status = status;
    fake_worker.dying = true;
  }
}

static void
tell_death (void)
{
  struct worker_link *link = fake_worker.link;

  fake_worker.dying = false;
  link->pid = 0;
  link->state = WORKER_LINK_DEAD;
  link->changed (link);
}

bool
worker_step (void)
{
  struct message_status *status = &fake_worker.status;
  struct message *message;

  if (fake_worker.dying)
    tell_death ();
  else if (fake_worker.alive && fake_worker.count > 0) {
    const uint64_t serial = fake_worker.messages[0]->serial;

    message = fake_worker.messages[0];
    memmove (fake_worker.messages, fake_worker.messages + 1,
             --fake_worker.count * sizeof fake_worker.messages[0]);
    handle (message);
    free (message);
    say (serial);
  }
  else if (fake_worker.alive && status->rings == HANDSHAKE_RINGS_DISCONNECTING) {
    status->rings = HANDSHAKE_RINGS_NONE;
    worker_say ();
  }
  else if (fake_worker.alive && fake_worker.quitting)
    worker_die (0);
  else
    return fake_worker.alive && tasks_step ();
  return true;
}

void
worker_open (bool read_only)
{
  struct message_status *status = &fake_worker.status;

  if (status->target != HANDSHAKE_TARGET_OPENING)
    return;
  status->target = HANDSHAKE_TARGET_OPEN;
  status->server = NBD_CLIENT_OPEN;
  status->has_export = true;
  status->indirect = read_only ? 0 : BLKIF_INDIRECT_MAX; /* 0: an old one */
  status->export = (struct nbd_client_export) {
    .size = 1 << 20, .real_size = (1 << 20) + 100, .minimum_block = 512,
    .preferred_block = 4096, .maximum_block = 1 << 25, .flush = true,
    .trim = true, .read_only = read_only,
  };
  status->attempts = 0;
  status->reason[0] = '\0';
  worker_say ();
}

static void
set_reason (const char *reason)
{
  snprintf (fake_worker.status.reason, sizeof fake_worker.status.reason,
            "%s", reason);
}

void
worker_attempt (const char *reason)
{
  if (fake_worker.status.target != HANDSHAKE_TARGET_OPENING)
    return;
  fake_worker.status.attempts = 1;
  set_reason (reason);
  worker_say ();
}

void
worker_fail (const char *reason)
{
  if (fake_worker.status.target != HANDSHAKE_TARGET_OPENING)
    return;
  fake_worker.status.target = HANDSHAKE_TARGET_FAILED;
  set_reason (reason);
  worker_say ();
}

void
worker_server (enum nbd_client_state state)
{
  if (fake_worker.status.target != HANDSHAKE_TARGET_OPEN ||
      state == NBD_CLIENT_OPENING)
    return;
  fake_worker.status.server = state;
  set_reason (state == NBD_CLIENT_OPEN ? "" : "the server is away");
  worker_say ();
}

void
worker_break_rings (void)
{
  struct message_status *status = &fake_worker.status;

  if (status->rings != HANDSHAKE_RINGS_CONNECTED)
    return;
  strcpy (status->ring_error, "the guest claims too much");
  status->rings = HANDSHAKE_RINGS_DISCONNECTING;
  worker_say ();
}

/* bridge/daemon/worker-link.h */

void
worker_link_init (struct worker_link *link, struct ev_loop *loop,
                  const struct device_id *id,
                  void (*changed) (struct worker_link *link), void *data)
{
  memset (link, 0, sizeof *link);
  link->loop = loop;
  link->fd = -1;
  link->changed = changed;
  link->data = data;
  snprintf (link->name, sizeof link->name, "%s/%u/%u",
            device_kind_name (id->kind), id->domid, id->devid);
}

static bool
is_anothers (const struct worker_link *link)
{
  return (fake_worker.alive || fake_worker.dying) &&
         (strcmp (fake_worker.name, link->name) != 0 ||
          (fake_worker.link && fake_worker.link != link));
}

int
worker_link_start (struct worker_link *link,
                   const struct spawn_program *program, bool start)
{
  (void) program;
  if (link->pid != 0) { /* has not ended */
    errno = EAGAIN;
    return -1;
  }
  CHECK (link->fd == -1);
  errno = ECONNREFUSED;
  if (!fake_worker.alive && (!start || fake_worker.refuse_start))
    return -1;
  if (is_anothers (link)) {
    errno = start ? EAGAIN : ECONNREFUSED;
    return -1;
  }
  if (!fake_worker.alive) {
    memset (&fake_worker.status, 0, sizeof fake_worker.status);
    fake_worker.status.version = fake_worker.old ? 1 : MESSAGE_VERSION;
    strcpy (fake_worker.name, link->name);
    fake_worker.alive = true;
    fake_worker.quitting = fake_worker.strange = false;
  }
  CHECK (!fake_worker.dying);
  forget_messages (); /* of a daemon before, not read yet */
  memset (fake_worker.task, 0, sizeof fake_worker.task);
  fake_worker.stats_serial = 0;
  fake_worker.link = link;
  link->fd = 1;
  link->pid = 1234;
  link->state = WORKER_LINK_STARTING;
  link->has_status = link->quitting = false;
  link->serial = link->answered = 0;
  if (!start)
    say (0); /* as to every daemon that connects */
  return 0;
}

int
worker_link_send (struct worker_link *link, struct message *message)
{
  struct message *copy;

  errno = ENOTCONN;
  if (link->fd == -1)
    return -1;
  CHECK (link->state != WORKER_LINK_STRANGE || message->type == MESSAGE_QUIT ||
         message->type == MESSAGE_OPEN);
  message->serial = ++link->serial;
  if (fake_worker.refuse_send ||
      (fake_worker.operators && fake_worker.count == WORKER_MESSAGES)) {
    fake_worker.refuse_send = false;
    worker_die (-1);
    errno = EPIPE;
    return -1;
  }
  CHECK (fake_worker.alive && fake_worker.count < WORKER_MESSAGES);
  copy = malloc (sizeof *copy);
  CHECK (copy != NULL);
  *copy = *message;
  fake_worker.messages[fake_worker.count++] = copy;
  return 0;
}

void
worker_link_keep (struct worker_link *link, bool keep)
{
  link->keep = keep;
}

bool
worker_link_understands (const struct worker_link *link,
                         enum message_type type)
{
  return type < MESSAGE_LOG_LEVEL ||
         (link->has_status && link->status.version >= 2);
}

bool
worker_link_settled (const struct worker_link *link)
{
  return link->has_status && link->answered == link->serial;
}

void
worker_link_close (struct worker_link *link)
{
  link->fd = -1;
  link->pid = 0;
  link->state = WORKER_LINK_NONE;
  link->has_status = false;
  free (link->stats);
  link->stats = NULL;
  if (fake_worker.link == link) {
    fake_worker.link = NULL;
    fake_worker.dying = false;
  }
}

/* With the rings the guest's requests would be lost. */
void
worker_link_kill (struct worker_link *link)
{
  if (fake_worker.link == link) {
    CHECK (!worker_has_rings ());
    worker_die (9);
  }
  worker_link_close (link);
}

void
worker_link_quit (struct worker_link *link)
{
  struct message message = { .type = MESSAGE_QUIT };

  link->quitting = true;
  if (link->fd != -1)
    worker_link_send (link, &message);
  else if (fake_worker.link != link || !fake_worker.dying) {
    link->state = WORKER_LINK_DEAD;
    link->changed (link);
  }
}

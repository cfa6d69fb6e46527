/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "disk-verdict.h"
#include "verbs.h"
#include "bridge/shared/ask.h"
#include "bridge/shared/message-socket.h"
#include "bridge/shared/message-text.h"

struct client {
  struct client *next;      /* on control->clients */
  struct control *control;
  int fd;
  ev_io watcher;
  struct device_id claims;  /* what it waits for, while `claiming` */
  bool claiming;
  bool asking;              /* `call` is being answered */
  struct verb_call call;
  ev_timer deadline;        /* of what it waits for, or for its next word */
  bool late;                /* that has passed */
  bool ended;               /* to be freed by the next turn */
};

struct control {
  struct ev_loop *loop;
  struct scan *scan;
  int fd;
  ev_io watcher;
  struct client *clients;
  unsigned nclients;
};

static bool
is_waiting (const struct client *client)
{
  return client->claiming || client->asking;
}

/* It has so long, for an answer or for saying something. */
static void
set_deadline (struct client *client, double seconds)
{
  struct ev_loop *loop = client->control->loop;

  client->late = false;
  ev_now_update (loop);
  client->deadline.repeat = seconds;
  ev_timer_again (loop, &client->deadline);
}

static void
verdict (struct client *client, uint64_t serial, bool accepted,
         const char *text)
{
  struct message message = {
    .type = MESSAGE_VERDICT,
    .serial = serial,
    .verdict.accepted = accepted,
  };

  message_copy_text (message.verdict.text, text, sizeof message.verdict.text);
  client->claiming = false;
  set_deadline (client, CONTROL_IDLE);
  if (message_send (client->fd, &message) == -1)
    client->ended = true;
}

static void
send_answer (struct client *client)
{
  client->asking = false;
  if (ask_send_answer (client->fd, &client->call.answer) == -1)
    client->ended = true;
  verbs_end (&client->call);
  set_deadline (client, CONTROL_IDLE);
}

static void
ask (struct client *client)
{
  if (verbs_begin (&client->call)) {
    send_answer (client);
    return;
  }
  client->asking = true;
  set_deadline (client, client->call.patience);
}

/* One line for the client, and no more of it.  Only root can be that client,
 * and what it did wrong is for it to know: nothing is logged.
 */
static void
refuse (struct client *client, uint64_t serial, const char *why)
{
  struct ask_answer answer = { .serial = serial, .code = ASK_USAGE };

  snprintf (answer.text, sizeof answer.text, "%s", why);
  ask_send_answer (client->fd, &answer);
  client->ended = true;
}

static void
claim (struct client *client, const struct message *message)
{
  struct disk *disk = scan_find (client->control->scan, &message->claim.id);

  if (disk == NULL) {
    verdict (client, message->serial, false, "there is no such device");
    return;
  }
  disk_claim (disk);
  client->claims = message->claim.id;
  client->claiming = true;
  set_deadline (client, ASK_CLAIM);
}

static void
handle (struct client *client, const char *packet, size_t length)
{
  struct message message;
  char why[ASK_TEXT_MAX];

  if (is_waiting (client))
    refuse (client, 0, "there is a question already that has no answer yet");
  else if (message_decode (packet, length, &message) == 0 &&
           message.type == MESSAGE_CLAIM)
    claim (client, &message);
  else if (ask_decode (packet, length, &client->call.question,
                       FAILURE_INTO (why)) == 0)
    ask (client);
  else
    refuse (client, client->call.question.serial, why);
}

static void
client_readable (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct client *client = watcher->data;
  char packet[MESSAGE_MAX], why[ASK_TEXT_MAX];
  long n = ask_receive (client->fd, packet);

  (void) revents;
  if (n == -1 && errno == EAGAIN)
    return;
  if (n > 0)
    handle (client, packet, n);
  else if (n == -1 && errno == EMSGSIZE) {
    snprintf (why, sizeof why, "the packet is too long; %u bytes are allowed",
              MESSAGE_MAX);
    refuse (client, 0, why);
  }
  else
    client->ended = true;
  if (client->ended)
    ev_io_stop (loop, watcher);
}

static void
deadline_passed (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct client *client = timer->data;

  (void) loop;
  (void) revents;
  client->late = true;
}

static void
client_free (struct client *client)
{
  ev_io_stop (client->control->loop, &client->watcher);
  ev_timer_stop (client->control->loop, &client->deadline);
  close (client->fd);
  verbs_end (&client->call);
  client->control->nclients--;
  free (client);
}

static void
accept_client (struct ev_loop *loop, ev_io *watcher, int revents)
{
  struct control *control = watcher->data;
  int fd = accept4 (control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  struct client *client = NULL;

  (void) revents;
  if (fd == -1)
    return;
  if (control->nclients < CONTROL_CLIENTS)
    client = calloc (1, sizeof *client);
  if (client == NULL) {
    close (fd);
    return;
  }
  client->control = control;
  client->fd = fd;
  ev_io_init (&client->watcher, client_readable, fd, EV_READ);
  ev_init (&client->deadline, deadline_passed);
  client->watcher.data = client->deadline.data = client;
  client->call.disks = control->scan->disks;
  ev_io_start (loop, &client->watcher);
  client->next = control->clients;
  control->clients = client;
  control->nclients++;
  set_deadline (client, CONTROL_IDLE);
}

static int
listen_on (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd == -1)
    return -1;
  if (strlen (path) >= sizeof address.sun_path) {
    close (fd);
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy (address.sun_path, path, strlen (path) + 1);
  unlink (path); /* the run directory's lock says that it is not in use */
  if (bind (fd, (struct sockaddr *) &address, sizeof address) == -1 ||
      chmod (path, 0600) == -1 || listen (fd, 16) == -1) {
    int saved = errno;

    close (fd);
    errno = saved;
    return -1;
  }
  return fd;
}

struct control *
control_new (struct ev_loop *loop, const char *run_dir, struct scan *scan)
{
  struct control *control = calloc (1, sizeof *control);
  char path[RUN_DIR_PATH_MAX];

  if (control == NULL)
    return NULL;
  control->loop = loop;
  control->scan = scan;
  run_dir_control (path, run_dir);
  control->fd = listen_on (path);
  if (control->fd == -1) {
    free (control);
    return NULL;
  }
  ev_io_init (&control->watcher, accept_client, control->fd, EV_READ);
  control->watcher.data = control;
  ev_io_start (loop, &control->watcher);
  return control;
}

void
control_free (struct control *control)
{
  struct client *client;

  if (control == NULL)
    return;
  while ((client = control->clients) != NULL) {
    control->clients = client->next;
    client_free (client);
  }
  ev_io_stop (control->loop, &control->watcher);
  close (control->fd);
  free (control);
}

static void
answer_claim (struct client *client)
{
  struct disk *disk = scan_find (client->control->scan, &client->claims);
  char why[DEVICE_ERROR_MAX];

  if (disk == NULL) {
    verdict (client, 0, false, "the device was removed");
    return;
  }
  switch (disk_verdict (disk, FAILURE_INTO (why))) {
  case DISK_VERDICT_ACCEPTED:
    verdict (client, 0, true, "");
    break;
  case DISK_VERDICT_REFUSED:
    verdict (client, 0, false, why);
    break;
  default:
    if (client->late)
      verdict (client, 0, false, "no verdict in time");
  }
}

static void
answer_client (struct client *client)
{
  if (client->claiming)
    answer_claim (client);
  else if (client->asking) {
    if (verbs_poll (&client->call, client->late))
      send_answer (client);
  }
  else if (client->late)
    client->ended = true; /* it has nothing to say */
}

void
control_answer (struct control *control)
{
  struct client **where = &control->clients, *client;

  while ((client = *where) != NULL) {
    if (!client->ended)
      answer_client (client);
    if (client->ended) {
      *where = client->next;
      client_free (client);
      continue;
    }
    where = &client->next;
  }
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * fake-xenstored SOCKET
 *
 * Listens at SOCKET as domain 0, and at SOCKET-N for each domain N that is
 * introduced.  Ends at SIGTERM.  SIGHUP drops every connection.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host.h"
#include "store.h"

struct listener {
  struct listener *next;
  ev_io watcher;
  uint32_t domid;
  char path[108];
};

struct store store;

static struct listener *listeners;
static const char *socket_path;
static ev_timer outage_timer;

static void
connection_free (struct connection *c)
{
  struct connection **p = &store.connections;

  while (*p != c)
    p = &(*p)->next;
  *p = c->next;
  ev_io_stop (store.loop, &c->reader);
  ev_io_stop (store.loop, &c->writer);
  watches_free (c);
  transactions_free (c);
  close (c->fd);
  free (c->out);
  free (c);
}

void
connection_send (struct connection *c, uint32_t type, uint32_t request,
                 uint32_t transaction, const void *data, size_t length)
{
  struct xsd_sockmsg header = { type, request, transaction, length };
  size_t need = sizeof header + length;

  if (c->out_end + need > c->out_size) {
    if (c->out_start > 0)
      memmove (c->out, c->out + c->out_start, c->out_end - c->out_start);
    c->out_end -= c->out_start;
    c->out_start = 0;
    while (c->out_end + need > c->out_size)
      c->out_size = c->out_size ? c->out_size * 2 : 16384;
    c->out = realloc (c->out, c->out_size);
    if (c->out == NULL)
      abort ();
  }
  memcpy (c->out + c->out_end, &header, sizeof header);
  memcpy (c->out + c->out_end + sizeof header, data, length);
  c->out_end += need;
  ev_io_start (store.loop, &c->writer);
}

static void
writable (struct ev_loop *loop, ev_io *w, int revents)
{
  struct connection *c = w->data;
  ssize_t n = send (c->fd, c->out + c->out_start, c->out_end - c->out_start,
                    MSG_NOSIGNAL);

  (void) revents;
  if (n == -1) {
    if (errno != EAGAIN && errno != EINTR)
      connection_free (c);
    return;
  }
  c->out_start += n;
  if (c->out_start == c->out_end) {
    c->out_start = c->out_end = 0;
    ev_io_stop (loop, &c->writer);
  }
}

static void
readable (struct ev_loop *loop, ev_io *w, int revents)
{
  struct connection *c = w->data;
  size_t want = sizeof c->in.header;
  ssize_t n;

  (void) loop;
  (void) revents;
  if (c->dead) {
    connection_free (c);
    return;
  }
  if (c->have >= want)
    want += c->in.header.len;
  n = recv (c->fd, (char *) &c->in + c->have, want - c->have, 0);
  if (n <= 0) {
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
      connection_free (c);
    return;
  }
  c->have += n;
  if (c->have < sizeof c->in.header)
    return;
  if (c->in.header.len > XENSTORE_PAYLOAD_MAX) {
    connection_free (c);
    return;
  }
  if (c->have < sizeof c->in.header + c->in.header.len)
    return;
  c->have = 0;
  request_run (c);
  if (c->dead)
    connection_free (c);
}

static void
accepted (struct ev_loop *loop, ev_io *w, int revents)
{
  struct listener *listener = w->data;
  struct connection *c;
  int fd = accept4 (w->fd, NULL, NULL, SOCK_NONBLOCK|SOCK_CLOEXEC);

  (void) revents;
  if (fd == -1)
    return;
  c = calloc (1, sizeof *c);
  if (c == NULL)
    abort ();
  c->fd = fd;
  c->domid = listener->domid;
  c->next = store.connections;
  store.connections = c;
  ev_io_init (&c->reader, readable, fd, EV_READ);
  ev_io_init (&c->writer, writable, fd, EV_WRITE);
  c->reader.data = c->writer.data = c;
  ev_io_start (loop, &c->reader);
}

static void
listener_open (struct listener *listener)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

  strcpy (address.sun_path, listener->path);
  unlink (listener->path);
  if (fd == -1 ||
      bind (fd, (struct sockaddr *) &address, sizeof address) == -1 ||
      listen (fd, 128) == -1) {
    perror (listener->path);
    exit (1);
  }
  ev_io_init (&listener->watcher, accepted, fd, EV_READ);
  listener->watcher.data = listener;
  ev_io_start (store.loop, &listener->watcher);
}

static void
listener_close (struct listener *listener)
{
  ev_io_stop (store.loop, &listener->watcher);
  close (listener->watcher.fd);
  unlink (listener->path);
}

static void
listen_for (uint32_t domid)
{
  struct listener *listener = calloc (1, sizeof *listener);
  int n;

  if (listener == NULL)
    abort ();
  listener->domid = domid;
  n = snprintf (listener->path, sizeof listener->path,
                domid ? "%s-%u" : "%s", socket_path, domid);
  if (n >= (int) sizeof listener->path) {
    fprintf (stderr, "fake-xenstored: %s: too long\n", socket_path);
    exit (1);
  }
  listener_open (listener);
  listener->next = listeners;
  listeners = listener;
}

static struct listener **
find_listener (uint32_t domid)
{
  struct listener **p;

  for (p = &listeners; *p && (*p)->domid != domid; p = &(*p)->next)
    ;
  return p;
}

bool
domain_introduced (uint32_t domid)
{
  return *find_listener (domid) != NULL;
}

void
domain_introduce (uint32_t domid)
{
  if (!domain_introduced (domid))
    listen_for (domid);
}

void
domain_release (uint32_t domid)
{
  struct listener **p = find_listener (domid), *listener = *p;
  struct connection *c, *next;

  for (c = store.connections; c; c = next) {
    next = c->next;
    if (c->domid == domid && domid != 0)
      connection_free (c);
  }
  *p = listener->next;
  listener_close (listener);
  free (listener);
}

static void
plant (void)
{
  static const struct { const char *path, *value; } nodes[] = {
    { "/local/domain/0/domid", "0" },
    { "/local/domain/0/name", "Domain-0" },
    { "/tool/xenstored", "" },
  };
  size_t i;

  store.root = tree_new ();
  for (i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
    tree_set (tree_make (store.root, nodes[i].path, 0), nodes[i].value,
              strlen (nodes[i].value));
}

static void
outage_over (struct ev_loop *loop, ev_timer *w, int revents)
{
  struct listener *listener;

  (void) loop;
  (void) w;
  (void) revents;
  for (listener = listeners; listener; listener = listener->next)
    listener_open (listener);
}

/* Connections end after the current request, whose connection is in use. */
void
store_outage (double seconds, bool lose)
{
  struct connection *c;
  struct listener *listener;

  if (ev_is_active (&outage_timer))
    return;
  for (c = store.connections; c; c = c->next) {
    c->dead = true;
    shutdown (c->fd, SHUT_RDWR);
    transactions_free (c);
  }
  for (listener = listeners; listener; listener = listener->next)
    listener_close (listener);
  if (lose) {
    tree_free (store.root);
    plant ();
  }
  ev_timer_init (&outage_timer, outage_over, seconds, 0.);
  ev_timer_start (store.loop, &outage_timer);
}

static void
hangup (struct ev_loop *loop, ev_signal *w, int revents)
{
  (void) loop;
  (void) w;
  (void) revents;
  store_outage (0., false);
}

static void
terminate (struct ev_loop *loop, ev_signal *w, int revents)
{
  (void) w;
  (void) revents;
  ev_break (loop, EVBREAK_ALL);
}

static void
clean_up (void)
{
  struct listener *listener;

  while (store.connections)
    connection_free (store.connections);
  while ((listener = listeners)) {
    listeners = listener->next;
    if (!ev_is_active (&outage_timer))
      listener_close (listener);
    free (listener);
  }
  tree_free (store.root);
  ev_loop_destroy (store.loop);
}

int
main (int argc, char *argv[])
{
  ev_signal term, interrupt, hup;

  if (argc != 2) {
    fprintf (stderr, "usage: fake-xenstored SOCKET\n");
    return 2;
  }
  socket_path = argv[1];
  store.have_host = fx_attach () == 0;
  store.loop = ev_default_loop (0);
  plant ();
  ev_init (&outage_timer, outage_over);
  ev_signal_init (&term, terminate, SIGTERM);
  ev_signal_start (store.loop, &term);
  ev_signal_init (&interrupt, terminate, SIGINT);
  ev_signal_start (store.loop, &interrupt);
  ev_signal_init (&hup, hangup, SIGHUP);
  ev_signal_start (store.loop, &hup);
  listen_for (0);
  ev_run (store.loop, 0);
  clean_up ();
  return 0;
}

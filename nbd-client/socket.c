/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A connection's socket: see socket.h.
 */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>

#include <ev.h>

#include "socket.h"

void
socket_tune_tcp (int fd)
{
  /* Keepalive finds the dead peer of an idle connection, the user timeout
   * that of a busy one; neither does the other's work.
   */
  static const struct { int level, name, value; } options[] = {
    { SOL_SOCKET,  SO_KEEPALIVE,     1 },
    { IPPROTO_TCP, TCP_KEEPIDLE,     SOCKET_KEEPALIVE },
    { IPPROTO_TCP, TCP_KEEPINTVL,    SOCKET_KEEPALIVE_GAP },
    { IPPROTO_TCP, TCP_KEEPCNT,      SOCKET_KEEPALIVE_TRY },
    { IPPROTO_TCP, TCP_USER_TIMEOUT, SOCKET_USER_TIMEOUT },
  };

  /* Without them the connection still works: errors are no reason to end. */
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    setsockopt (fd, options[i].level, options[i].name, &options[i].value,
                sizeof options[i].value);
}

int
socket_poll (int fd, int events)
{
  struct pollfd poll_fd = { .fd = fd };
  int found = 0;

  if (events & EV_READ)
    poll_fd.events |= POLLIN;
  if (events & EV_WRITE)
    poll_fd.events |= POLLOUT;
  if (fd < 0 || poll (&poll_fd, 1, 0) <= 0)
    return 0;
  if (poll_fd.revents & ~POLLOUT)
    found |= EV_READ;
  if (poll_fd.revents & ~POLLIN)
    found |= EV_WRITE;
  return found & events;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <sys/socket.h>

#include "message-socket.h"

int
message_send (int fd, const struct message *message)
{
  char buffer[MESSAGE_MAX];
  size_t length = message_encode (message, buffer, sizeof buffer);

  if (length == 0) {
    errno = EMSGSIZE;
    return -1;
  }
  return send (fd, buffer, length, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 ? -1 : 0;
}

int
message_receive (int fd, struct message *message)
{
  char buffer[MESSAGE_MAX];
  ssize_t n;

  do
    n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT | MSG_TRUNC);
  while (n == -1 && errno == EINTR);
  if (n <= 0)
    return n;
  if ((size_t) n > sizeof buffer)
    n = 0; /* nothing, which is no message either */
  if (message_decode (buffer, n, message) == -1) {
    errno = EBADMSG;
    return -1;
  }
  return 1;
}

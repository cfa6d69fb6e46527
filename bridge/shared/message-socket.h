/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Messages over a socket.
 */

#ifndef BRIDGE_SHARED_MESSAGE_SOCKET_H
#define BRIDGE_SHARED_MESSAGE_SOCKET_H

#include "message.h"

/* Send in one packet, without blocking.  Returns 0, or -1 with errno. */
extern int message_send (int fd, const struct message *message);

/* Receive one packet, without blocking.  Returns 1, 0 at the end of the
 * connection, or -1 with errno: EAGAIN if there is none, EBADMSG if it is no
 * message (and then it is gone, but for what message_decode sets then).
 */
extern int message_receive (int fd, struct message *message);

#endif

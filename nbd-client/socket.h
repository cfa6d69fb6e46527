/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What is done to a connection's socket behind libnbd's back.
 */

#ifndef NBD_CLIENT_SOCKET_H
#define NBD_CLIENT_SOCKET_H

#define SOCKET_KEEPALIVE     10     /* seconds of silence before probing */
#define SOCKET_KEEPALIVE_GAP 5      /* seconds between probes */
#define SOCKET_KEEPALIVE_TRY 4      /* unanswered probes that end it */
#define SOCKET_USER_TIMEOUT  30000  /* milliseconds without TCP's ACK */

/* Make TCP notice a peer that is gone, whether it owes an answer or not. */
extern void socket_tune_tcp (int fd);

/* Which of libev's `events` the socket has at this moment. */
extern int socket_poll (int fd, int events);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How things are between a client and its server.
 */

#ifndef NBD_CLIENT_STATUS_H
#define NBD_CLIENT_STATUS_H

#include <stdbool.h>

#define NBD_CLIENT_REASON_MAX 512  /* bytes of the text, with its NUL */

enum nbd_client_state {
  NBD_CLIENT_OPENING,  /* never was open yet; attempts are being made */
  NBD_CLIENT_OPEN,     /* connected */
  NBD_CLIENT_SLOW,     /* connected, but the oldest command waits too long */
  NBD_CLIENT_HELD,     /* was open; the server is gone or came back wrong */
  NBD_CLIENT_GIVEN_UP, /* as HELD, for longer than reconnect_limit */
};

struct nbd_client_status {
  enum nbd_client_state state;
  unsigned attempts;   /* ended connection attempts since the last success */
  unsigned connects;   /* successful connections in all */
  bool refused;        /* the last attempt reached a server, which cannot be
                        * used: see the reason */
  char reason[NBD_CLIENT_REASON_MAX]; /* of the last failed attempt or loss */
};

#endif

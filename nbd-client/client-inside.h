/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What client.c and client-check.c share.
 */

#ifndef NBD_CLIENT_CLIENT_INSIDE_H
#define NBD_CLIENT_CLIENT_INSIDE_H

#include "client.h"
#include "flight.h"
#include "uplink.h"

struct nbd_client {
  struct nbd_target target;
  struct nbd_client_options options;
  struct nbd_client_status status;
  struct uplink uplink;

  struct command_list waiting;  /* to be sent; in order of submission */
  struct flight flight;         /* at the server, and done */
  unsigned count;               /* submitted and not reaped */
  bool fresh;                   /* since the last look at `waiting`, it or the
                                 * flight has changed */

  ev_timer slow_timer;          /* active while commands are in flight */
  bool slow_due;                /* noted: look at the oldest command */
  bool slow;
  ev_timer limit_timer;         /* active while held, if there is a limit */
  bool limit_due;               /* noted: give up */
  bool given_up;

  bool asking;                  /* for the size: nothing is sent any more, and
                                 * the next attempt is what is waited for */
  uint64_t floor;               /* bytes that the export has to have then */
};

/* Can this export do `command`?  Returns 0 or an errno. */
extern int client_check (const struct nbd_client *client,
                         const struct nbd_command *command);

/* There is no connection: begin to count the time until that is too long. */
extern void client_limit (struct nbd_client *client);

/* Before the uplink's turn: close the connection once nothing is at the
 * server, and say how small the export may be.
 */
extern void client_ask_turn (struct nbd_client *client);

/* After it: has the attempt ended, with or without a connection? */
extern void client_ask_ended (struct nbd_client *client);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The commands that are at the server.  Each has a slot from its first step
 * to its last; a slot is what libnbd's callback is given.
 */

#ifndef NBD_CLIENT_FLIGHT_H
#define NBD_CLIENT_FLIGHT_H

#include <stdbool.h>

#include "command.h"
#include "connection.h"
#include "list.h"
#include "plan.h"

#define FLIGHT_MAX 64  /* commands: libnbd walks all for each answer */

struct flight_slot {
  struct nbd_command *command;   /* NULL: free */
  struct flight *flight;
  struct flight_slot *next;      /* on flight.free or flight.answered */
};

struct flight {
  const struct plan_blocks *blocks;  /* the owner's */
  struct flight_slot slots[FLIGHT_MAX];
  struct flight_slot *free;
  struct flight_slot *answered;  /* noted by the callback; unordered */
  unsigned busy;                 /* slots in use */
  unsigned changing;             /* slots of writes and trims */
  unsigned reading_first;        /* slots of writes that read first */
  bool shutdown;                 /* the server says that it shuts down */
  struct command_list done;      /* over, with their result */
  unsigned connection;           /* the number that commands are given for the
                                  * connection which they ended on */
  struct command_list held;      /* to be run again from the start */
};

/* `blocks` must outlive the flight.  Their maximum may change when nothing is
 * under way, their minimum only before the first command.
 */
extern void flight_init (struct flight *flight,
                         const struct plan_blocks *blocks);

/* Start `command`, which must be on no list; at most FLIGHT_MAX are busy.
 * It ends in `done` or `held`.  Returns false if the connection is lost.
 */
extern bool flight_start (struct flight *flight, struct connection *connection,
                          struct nbd_command *command, double now);

/* Take notice of all answers: what was the last step of its command goes to
 * `done`, what the server could not do because it is gone or shuts down to
 * `held`, all else takes its next step.  Returns the number of real answers,
 * those of a server that is there and goes on.
 */
extern unsigned flight_retire (struct flight *flight,
                               struct connection *connection, double now);

/* Give up all slots, their commands to `list`.  The connection must be
 * closed before any of their buffers is touched.
 */
extern void flight_empty (struct flight *flight, struct command_list *list);

/* Must `command` wait for one that is under way? */
extern bool flight_conflicts (const struct flight *flight,
                              const struct nbd_command *command);

/* ev_now () at which the step was sent that waits longest, or 0. */
extern double flight_oldest (const struct flight *flight);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The commands that are at the server: see flight.h.
 */

#include <errno.h>
#include <string.h>

#include "flight.h"

void
flight_init (struct flight *flight, const struct plan_blocks *blocks)
{
  memset (flight, 0, sizeof *flight);
  flight->blocks = blocks;
  for (unsigned i = 0; i < FLIGHT_MAX; i++) {
    flight->slots[i].flight = flight;
    flight->slots[i].next = flight->free;
    flight->free = &flight->slots[i];
  }
}

static bool
changes (const struct nbd_command *command)
{
  return command->op == NBD_CLIENT_WRITE || command->op == NBD_CLIENT_TRIM;
}

/* slot_take and slot_release alone fill and empty slots. */
static struct flight_slot *
slot_take (struct flight *flight, struct nbd_command *command)
{
  struct flight_slot *slot = flight->free;

  flight->free = slot->next;
  slot->next = NULL;
  slot->command = command;
  flight->busy++;
  flight->changing += changes (command);
  flight->reading_first += plan_reads_first (flight->blocks, command);
  return slot;
}

static struct nbd_command *
slot_release (struct flight_slot *slot)
{
  struct flight *flight = slot->flight;
  struct nbd_command *command = slot->command;

  slot->command = NULL;
  slot->next = flight->free;
  flight->free = slot;
  flight->busy--;
  flight->changing -= changes (command);
  flight->reading_first -= plan_reads_first (flight->blocks, command);
  return command;
}

/* libnbd's callback: takes a note only.  `error` is not looked at, for
 * libnbd checks the answer's shape later.
 */
static int
slot_answered (void *opaque, int *error)
{
  struct flight_slot *slot = opaque;

  (void) error;
  slot->next = slot->flight->answered;
  slot->flight->answered = slot;
  return 0;
}

/* The command is over; ENOTCONN and ESHUTDOWN are the server's end, not the
 * command's.
 */
static void
slot_finish (struct flight_slot *slot, int error)
{
  struct flight *flight = slot->flight;
  struct nbd_command *command = slot_release (slot);

  if (error == ESHUTDOWN)
    flight->shutdown = true;
  if (error == ENOTCONN || error == ESHUTDOWN) {
    list_append (&flight->held, command);
    return;
  }
  command->error = error;
  command->connection = flight->connection;
  list_append (&flight->done, command);
}

/* Send the command's next step, if there is one. */
static void
slot_go_on (struct flight_slot *slot, struct connection *connection,
            double now)
{
  struct nbd_command *command = slot->command;
  struct plan_step step;

  plan_next (slot->flight->blocks, command, &step);
  if (step.kind == PLAN_DONE) {
    slot_finish (slot, 0);
    return;
  }
  command->since = now;
  /* The callback may run in here: the slot is ready for it. */
  command->cookie = connection_send (connection, &step, slot_answered, slot);
  if (command->cookie == -1)
    slot_finish (slot, errno);
}

bool
flight_start (struct flight *flight, struct connection *connection,
              struct nbd_command *command, double now)
{
  plan_begin (command);
  slot_go_on (slot_take (flight, command), connection, now);
  return connection_state (connection) == CONNECTION_READY;
}

unsigned
flight_retire (struct flight *flight, struct connection *connection,
               double now)
{
  struct flight_slot *slot = flight->answered, *next;
  unsigned count = 0;

  /* Going on may add to the list: those are for the next time. */
  flight->answered = NULL;
  for (; slot; slot = next) {
    int error = connection_retire (connection, slot->command->cookie);

    next = slot->next;
    slot->next = NULL;
    count += error != ENOTCONN && error != ESHUTDOWN;
    if (error) {
      slot_finish (slot, error);
      continue;
    }
    plan_advance (flight->blocks, slot->command);
    slot_go_on (slot, connection, now);
  }
  return count;
}

void
flight_empty (struct flight *flight, struct command_list *list)
{
  for (unsigned i = 0; i < FLIGHT_MAX; i++) {
    if (flight->slots[i].command)
      list_append (list, slot_release (&flight->slots[i]));
  }
  flight->answered = NULL;
  flight->shutdown = false;
}

bool
flight_conflicts (const struct flight *flight,
                  const struct nbd_command *command)
{
  if (flight->reading_first == 0 && !plan_reads_first (flight->blocks, command))
    return false;
  for (unsigned i = 0; i < FLIGHT_MAX; i++) {
    if (flight->slots[i].command &&
        plan_conflict (flight->blocks, flight->slots[i].command, command))
      return true;
  }
  return false;
}

double
flight_oldest (const struct flight *flight)
{
  double oldest = 0;

  for (unsigned i = 0; i < FLIGHT_MAX; i++) {
    const struct nbd_command *command = flight->slots[i].command;

    if (command && (oldest == 0 || command->since < oldest))
      oldest = command->since;
  }
  return oldest;
}

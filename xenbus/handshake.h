/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What to do next with a device, from what is known of it.
 *
 * Watches coalesce and frontends differ: some go 1-3-4, some 1-4, GRUB 1-3-6.
 * So nothing here remembers how a state was reached.  Facts are read anew,
 * the table gives one action, the action changes a fact, and the table is
 * asked again until it says HANDSHAKE_WAIT.
 */

#ifndef XENBUS_HANDSHAKE_H
#define XENBUS_HANDSHAKE_H

#include <stdbool.h>

/* The values of "state" nodes (io/xenbus.h). */
enum handshake_state {
  HANDSHAKE_UNKNOWN      = 0, /* this, or no such node */
  HANDSHAKE_INITIALISING = 1,
  HANDSHAKE_INIT_WAIT    = 2,
  HANDSHAKE_INITIALISED  = 3,
  HANDSHAKE_CONNECTED    = 4,
  HANDSHAKE_CLOSING      = 5,
  HANDSHAKE_CLOSED       = 6,
  HANDSHAKE_INVALID      = 7, /* anything else that may stand there */
  HANDSHAKE_STATES       = 8, /* how many there are */
};

/* The NBD side of the device. */
enum handshake_target {
  HANDSHAKE_TARGET_OPENING, /* no verdict yet */
  HANDSHAKE_TARGET_OPEN,
  HANDSHAKE_TARGET_FAILED,
  HANDSHAKE_TARGETS
};

/* The guest's rings, as the worker has them. */
enum handshake_rings {
  HANDSHAKE_RINGS_NONE,
  HANDSHAKE_RINGS_CONNECTING,
  HANDSHAKE_RINGS_CONNECTED,
  HANDSHAKE_RINGS_DISCONNECTING,
  HANDSHAKE_RINGS
};

struct handshake_facts {
  enum handshake_state frontend; /* its state */
  enum handshake_state own;      /* ours, in xenstore */
  bool frontend_gone;            /* its directory is gone */
  bool online;                   /* the toolstack wants the device */
  bool unclaimed;                /* a script is set and has not claimed yet */
  bool broken;                   /* the frontend or the worker failed; cleared
                                  * when the connection has ended */
  enum handshake_target target;
  enum handshake_rings rings;
};

enum handshake_action {
  HANDSHAKE_WAIT,       /* nothing until a fact changes */
  HANDSHAKE_OFFER,      /* write what we offer and state InitWait */
  HANDSHAKE_CONNECT,    /* read the frontend's nodes, connect its rings */
  HANDSHAKE_PUBLISH,    /* write the disk's properties, state Connected */
  HANDSHAKE_CLOSE,      /* write state Closing */
  HANDSHAKE_DISCONNECT, /* end all I/O, give the rings back */
  HANDSHAKE_FINISH,     /* write state Closed */
  HANDSHAKE_ACTIONS
};

/* The table: a pure function.  It never asks for state Initialised, which
 * GRUB takes for the end of the handshake, and reaches InitWait whatever
 * becomes of the target, since libxl waits 10 s for just that.
 */
extern enum handshake_action
handshake_next (const struct handshake_facts *facts);

/* The action's name for the log. */
extern const char *handshake_action_name (enum handshake_action action);

#endif

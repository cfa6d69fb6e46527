/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A device whose facts change as the table's actions say, to walk through
 * the handshake with.  Include cmocka.h first.
 */

#ifndef TESTS_XENBUS_WALK_H
#define TESTS_XENBUS_WALK_H

#include <string.h>

#include "handshake.h"

/* A device that the toolstack has just made, with its server at hand and a
 * worker that is quick.
 */
struct device {
  struct handshake_facts facts;
  bool slow;           /* the worker takes its time */
  bool refuses;        /* the rings cannot be connected */
};

static inline struct device
new_device (void)
{
  return (struct device) {
    .facts = {
      .frontend = HANDSHAKE_INITIALISING,
      .own = HANDSHAKE_INITIALISING,
      .online = true,
      .target = HANDSHAKE_TARGET_OPEN,
    },
  };
}

static inline void
act (struct device *device, enum handshake_action action)
{
  struct handshake_facts *facts = &device->facts;

  switch (action) {
  case HANDSHAKE_OFFER:
    facts->own = HANDSHAKE_INIT_WAIT;
    facts->broken = false;
    break;
  case HANDSHAKE_CONNECT:
    if (device->refuses)
      facts->broken = true;
    else
      facts->rings = device->slow ? HANDSHAKE_RINGS_CONNECTING
                                  : HANDSHAKE_RINGS_CONNECTED;
    break;
  case HANDSHAKE_PUBLISH:
    facts->own = HANDSHAKE_CONNECTED;
    break;
  case HANDSHAKE_CLOSE:
    facts->own = HANDSHAKE_CLOSING;
    break;
  case HANDSHAKE_DISCONNECT:
    facts->rings = device->slow ? HANDSHAKE_RINGS_DISCONNECTING
                                : HANDSHAKE_RINGS_NONE;
    break;
  case HANDSHAKE_FINISH:
    facts->own = HANDSHAKE_CLOSED;
    facts->broken = false;
    break;
  default:
    break;
  }
}

/* From here on just these `actions` follow, and then none. */
static inline void
follows (struct device *device, const char *actions)
{
  char done[256] = "";
  enum handshake_action action;

  while ((action = handshake_next (&device->facts)) != HANDSHAKE_WAIT &&
         strlen (done) < 200) {
    if (*done)
      strcat (done, " ");
    strcat (done, handshake_action_name (action));
    act (device, action);
  }
  assert_string_equal (done, actions);
}

/* The frontend writes `state`. */
static inline void
frontend (struct device *device, enum handshake_state state,
          const char *actions)
{
  device->facts.frontend = state;
  follows (device, actions);
}

static inline void
assert_serving (const struct device *device)
{
  assert_int_equal (device->facts.own, HANDSHAKE_CONNECTED);
  assert_int_equal (device->facts.rings, HANDSHAKE_RINGS_CONNECTED);
}

static inline struct device
connected_device (void)
{
  struct device device = new_device ();

  frontend (&device, HANDSHAKE_CONNECTED, "offer connect publish");
  assert_serving (&device);
  return device;
}

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include "handshake.h"

/* The connection has to end: rings first, then the state that says so.
 * Until the rings are unmapped the guest must not get its pages back.
 */
static enum handshake_action
end (const struct handshake_facts *facts)
{
  switch (facts->rings) {
  case HANDSHAKE_RINGS_CONNECTING:
  case HANDSHAKE_RINGS_CONNECTED:
    return HANDSHAKE_DISCONNECT;
  case HANDSHAKE_RINGS_DISCONNECTING:
    return HANDSHAKE_WAIT;
  default:
    return facts->own == HANDSHAKE_CLOSED ? HANDSHAKE_WAIT : HANDSHAKE_FINISH;
  }
}

static enum handshake_action
close_unless_closing (const struct handshake_facts *facts)
{
  if (facts->own == HANDSHAKE_CLOSING || facts->own == HANDSHAKE_CLOSED)
    return HANDSHAKE_WAIT;
  return HANDSHAKE_CLOSE;
}

/* The frontend starts, or starts over: a boot loader handed over to the
 * system, a driver came back, or nothing has happened yet.
 */
static enum handshake_action
frontend_initialising (const struct handshake_facts *facts)
{
  if (facts->own == HANDSHAKE_CLOSING || !facts->online)
    return end (facts);
  if (facts->rings == HANDSHAKE_RINGS_DISCONNECTING)
    return HANDSHAKE_WAIT;
  if (facts->rings != HANDSHAKE_RINGS_NONE)
    return HANDSHAKE_DISCONNECT;
  /* Offering again, if only to forget what went wrong with the last one. */
  return facts->own == HANDSHAKE_INIT_WAIT && !facts->broken
         ? HANDSHAKE_WAIT : HANDSHAKE_OFFER;
}

/* The frontend has put its rings into the store and may be using them. */
static enum handshake_action
frontend_ready (const struct handshake_facts *facts)
{
  if (facts->unclaimed || facts->target != HANDSHAKE_TARGET_OPEN)
    return HANDSHAKE_WAIT;
  switch (facts->rings) {
  case HANDSHAKE_RINGS_NONE:
    /* Connected without rings: they were lost, and requests with them. */
    return facts->own == HANDSHAKE_CONNECTED ? HANDSHAKE_CLOSE
                                             : HANDSHAKE_CONNECT;
  case HANDSHAKE_RINGS_CONNECTED:
    /* InitWait though connected: something else wrote our state. */
    return facts->own == HANDSHAKE_CONNECTED ? HANDSHAKE_WAIT
                                             : HANDSHAKE_PUBLISH;
  default:
    return HANDSHAKE_WAIT;
  }
}

static enum handshake_action
frontend_alive (const struct handshake_facts *facts)
{
  if (facts->broken)
    return close_unless_closing (facts);
  switch (facts->own) {
  case HANDSHAKE_CLOSING: /* the frontend's turn: it may still be flushing */
    return HANDSHAKE_WAIT;
  case HANDSHAKE_CLOSED: /* one that does not wait for InitWait is back */
    return facts->online && facts->rings == HANDSHAKE_RINGS_NONE
           ? HANDSHAKE_OFFER : HANDSHAKE_WAIT;
  case HANDSHAKE_INIT_WAIT:
  case HANDSHAKE_CONNECTED:
    return facts->frontend == HANDSHAKE_INIT_WAIT ? HANDSHAKE_WAIT
                                                  : frontend_ready (facts);
  default:
    return facts->online ? HANDSHAKE_OFFER : HANDSHAKE_WAIT;
  }
}

enum handshake_action
handshake_next (const struct handshake_facts *facts)
{
  if (facts->frontend_gone)
    return end (facts);

  switch (facts->frontend) {
  case HANDSHAKE_UNKNOWN:
  case HANDSHAKE_CLOSED:
    return end (facts);
  case HANDSHAKE_INITIALISING:
    return frontend_initialising (facts);
  case HANDSHAKE_INIT_WAIT:
  case HANDSHAKE_INITIALISED:
  case HANDSHAKE_CONNECTED:
    return frontend_alive (facts);
  default: /* Closing, or no state at all */
    return close_unless_closing (facts);
  }
}

const char *
handshake_action_name (enum handshake_action action)
{
  static const char *const names[HANDSHAKE_ACTIONS] = {
    [HANDSHAKE_WAIT]       = "wait",
    [HANDSHAKE_OFFER]      = "offer",
    [HANDSHAKE_CONNECT]    = "connect",
    [HANDSHAKE_PUBLISH]    = "publish",
    [HANDSHAKE_CLOSE]      = "close",
    [HANDSHAKE_DISCONNECT] = "disconnect",
    [HANDSHAKE_FINISH]     = "finish",
  };

  return action < HANDSHAKE_ACTIONS ? names[action] : "unknown";
}

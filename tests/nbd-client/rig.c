/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A client with its loop: see rig.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../wait/stillness.h"
#include "rig.h"
#include "server.h"
#include "target.h"

const struct nbd_client_options rig_options = {
  .connect_timeout = 10,
  .slow_after = 30,
};

/* What the worker does before its loop sleeps. */
static void
rig_turn (struct rig *rig)
{
  struct nbd_command *command;
  bool progress;

  do {
    progress = nbd_client_turn (rig->client);
    while ((command = nbd_client_reap (rig->client))) {
      rig->last = command;
      if (rig->reaped)
        rig->reaped (rig, command);
    }
  } while (progress);
}

static void
rig_late (struct ev_loop *loop, ev_timer *watcher, int events)
{
  struct rig *rig = watcher->data;

  (void) loop;
  (void) events;
  rig->late = rig->still == NULL || stillness_over (rig->still);
}

void
rig_begin (struct rig *rig, const char *params,
           const struct nbd_client_options *options)
{
  struct nbd_target target;
  char error[512];

  memset (rig, 0, sizeof *rig);
  if (nbd_target_parse (params, &target, FAILURE_INTO (error)) == -1)
    fail_msg ("%s: %s", params, error);
  rig->loop = ev_loop_new (EVFLAG_AUTO);
  assert_non_null (rig->loop);
  ev_timer_init (&rig->limit, rig_late, 0., 0.);
  rig->limit.data = rig;
  rig->client = nbd_client_new (rig->loop, &target, options);
  assert_non_null (rig->client);
}

void
rig_open (struct rig *rig, const char *socket)
{
  char params[512];

  snprintf (params, sizeof params, "nbd:unix:%s", server_path (socket));
  rig_begin (rig, params, &rig_options);
  rig_until_state (rig, NBD_CLIENT_OPEN);
}

void
rig_end (struct rig *rig)
{
  nbd_client_free (rig->client);
  ev_timer_stop (rig->loop, &rig->limit);
  ev_loop_destroy (rig->loop);
}

/* Run until `holds`, if that is given, or until the limit, which is looked at
 * every `seconds`, has come.  Returns whether it held.
 */
static bool
rig_run (struct rig *rig, double seconds, bool (*holds) (struct rig *rig))
{
  bool held;

  ev_timer_stop (rig->loop, &rig->limit);
  ev_now_update (rig->loop);
  ev_timer_set (&rig->limit, seconds, seconds);
  ev_timer_start (rig->loop, &rig->limit);
  rig->late = false;
  for (;;) {
    rig_turn (rig);
    held = holds && holds (rig);
    if (held || rig->late)
      break;
    ev_run (rig->loop, EVRUN_ONCE);
  }
  ev_timer_stop (rig->loop, &rig->limit);
  return held;
}

void
rig_until (struct rig *rig, bool (*holds) (struct rig *rig))
{
  const struct nbd_client_status *status = nbd_client_status (rig->client);
  bool held;

  rig->still = stillness_new (RIG_SECONDS);
  held = rig_run (rig, .2, holds);
  stillness_free (rig->still);
  rig->still = NULL;
  if (!held)
    fail_msg ("nothing happens; state %d, attempts %u, busy %u, reason '%s'",
              status->state, status->attempts, nbd_client_busy (rig->client),
              status->reason);
}

static enum nbd_client_state wanted_state;
static const char *wanted_reason;

static bool
has_state (struct rig *rig)
{
  return nbd_client_status (rig->client)->state == wanted_state;
}

static bool
has_reason (struct rig *rig)
{
  return strstr (nbd_client_status (rig->client)->reason, wanted_reason);
}

static bool
is_idle (struct rig *rig)
{
  return nbd_client_busy (rig->client) == 0;
}

void
rig_until_state (struct rig *rig, enum nbd_client_state state)
{
  wanted_state = state;
  rig_until (rig, has_state);
}

void
rig_until_reason (struct rig *rig, const char *text)
{
  wanted_reason = text;
  rig_until (rig, has_reason);
}

void
rig_until_idle (struct rig *rig)
{
  rig_until (rig, is_idle);
}

void
rig_for (struct rig *rig, double seconds)
{
  rig_run (rig, seconds, NULL);
}

int
rig_do (struct rig *rig, enum nbd_client_op op, uint64_t offset,
        uint64_t count, char *data)
{
  size_t bytes = op == NBD_CLIENT_READ || op == NBD_CLIENT_WRITE ? count : 0;
  char *memory = malloc (bytes + 2 * NBD_CLIENT_MARGIN);
  char *scratch = malloc (nbd_client_scratch (rig->client) + 1);
  struct nbd_command command = { .op = op, .offset = offset, .count = count };

  command.buffer = memory + NBD_CLIENT_MARGIN;
  command.scratch = nbd_client_scratch (rig->client) ? scratch : NULL;
  if (bytes && op == NBD_CLIENT_WRITE)
    memcpy (command.buffer, data, bytes);
  nbd_client_submit (rig->client, &command);
  rig_until_idle (rig);
  assert_ptr_equal (rig->last, &command);
  if (bytes && op == NBD_CLIENT_READ && !command.error)
    memcpy (data, command.buffer, bytes);
  free (scratch);
  free (memory);
  return command.error;
}

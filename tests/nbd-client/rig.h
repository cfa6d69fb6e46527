/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A client with its loop, as the worker has it: turn and reap before the
 * loop sleeps.
 */

#ifndef TESTS_NBD_CLIENT_RIG_H
#define TESTS_NBD_CLIENT_RIG_H

#include <stdbool.h>

#include <ev.h>

#include "client.h"

#define RIG_SECONDS 20  /* the longest that nothing may move: stillness.h */

struct rig {
  struct ev_loop *loop;
  struct nbd_client *client;
  ev_timer limit;
  struct stillness *still;     /* while something is waited for */
  bool late;
  /* Called for each command that is reaped. */
  void (*reaped) (struct rig *rig, struct nbd_command *command);
  void *opaque;                /* the owner of `reaped` */
  struct nbd_command *last;    /* reaped last */
};

/* Options that suit most tests. */
extern const struct nbd_client_options rig_options;

/* Make loop and client for the target `params`; does not wait for it. */
extern void rig_begin (struct rig *rig, const char *params,
                       const struct nbd_client_options *options);

/* As rig_begin for a socket in the servers' folder, and wait until OPEN. */
extern void rig_open (struct rig *rig, const char *socket);

extern void rig_end (struct rig *rig);

/* Run until `holds`, and fail the test if that takes too long. */
extern void rig_until (struct rig *rig, bool (*holds) (struct rig *rig));

extern void rig_until_state (struct rig *rig, enum nbd_client_state state);

/* Run until a reason with `text` in it was given. */
extern void rig_until_reason (struct rig *rig, const char *text);

/* Run until no command is left. */
extern void rig_until_idle (struct rig *rig);

/* Run for some time. */
extern void rig_for (struct rig *rig, double seconds);

/* Submit one command, wait for it, return its error. */
extern int rig_do (struct rig *rig, enum nbd_client_op op,
                   uint64_t offset, uint64_t count, char *data);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In the place of nbd-client/client.c: a server in memory, whose every answer
 * the fuzzed program decides, and a client that keeps the promises of
 * client.h, and no others.
 */

#ifndef FAKE_NBD_H
#define FAKE_NBD_H

#include <stdbool.h>
#include <stdint.h>

#include "nbd-client/client.h"

#define DISK_SECTORS 4096u
#define NBD_COMMANDS 1100u /* submitted and not reaped */

struct nbd_flying {
  struct nbd_command *command;
  bool sent, done;
  bool quiet;          /* ended without the server: no turn tells of it */
  uint64_t submitted;  /* when, see fuzz_clock */
  uint64_t hash;       /* of a write's bytes then */
};

struct nbd_client {
  struct nbd_client_export export;
  struct nbd_client_status status;
  struct nbd_flying flying[NBD_COMMANDS];
  unsigned count, sent;
  bool activity;          /* something happened that a turn has to see */
  bool automatic;         /* each turn ends all that was sent before it */
  bool backwards;         /* the latest first */
  int automatic_error;
  unsigned turns;         /* so far */
  void (*in_turn) (void); /* what others do meanwhile; NULL: nothing */
  void (*submitting) (const struct nbd_command *command);

  uint64_t disk[DISK_SECTORS];    /* what each sector is full of */
  uint64_t written[DISK_SECTORS]; /* when a write of it was last done */
  uint64_t durable[DISK_SECTORS]; /* `written` of a write with FUA */
  uint64_t last_write;            /* when any ended well */
  uint64_t flushed;  /* when the latest flush that went well was submitted */
};

/* Counts all that happens, in order. */
extern uint64_t fuzz_clock;

extern void nbd_init (struct nbd_client *client);

/* The n-th command that the server has (modulo their number) ends. */
extern void nbd_complete (struct nbd_client *client, unsigned n, int error);

/* The connection is lost.  Of the writes at the server, those whose bit is
 * set in `done` were carried out, and will be once more.
 */
extern void nbd_lose (struct nbd_client *client, unsigned done);

/* It is there again, or answers again; or it will not be for long. */
extern void nbd_set_state (struct nbd_client *client,
                           enum nbd_client_state state);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Flushes that make several writes durable at once, for disks without a write
 * cache on servers without FUA.
 *
 * A flush covers what had ended when it was sent, so a write that ends while
 * one is at the server waits for the next.
 */

#ifndef BRIDGE_SYNC_H
#define BRIDGE_SYNC_H

#include <stdbool.h>

#include "request.h"

struct volume;

struct sync {
  struct request_list waiting; /* for the next flush */
  struct request_list covered; /* by the one that is at the NBD client */
  struct nbd_command command;  /* that one */
  bool busy;                   /* there is one */
};

/* The request's data was written: it goes on when a flush has covered it. */
extern void sync_add (struct volume *volume, struct request *request);

/* Send a flush if one is due.  Returns true if it was. */
extern bool sync_turn (struct volume *volume);

/* The flush has ended, with sync->command.error. */
extern void sync_ended (struct volume *volume);

/* Nobody waits for a flush that was not sent. */
extern bool sync_idle (const struct volume *volume);

/* End what waits for a flush that was not sent, with ECANCELED. */
extern void sync_drop (struct volume *volume);

#endif

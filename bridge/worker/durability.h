/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Flushes that make several writes durable at once, for disks without a write
 * cache on servers without FUA.
 *
 * A flush covers what had ended when it was sent, so a write that ends while
 * one is at the server waits for the next.
 */

#ifndef BRIDGE_DURABILITY_H
#define BRIDGE_DURABILITY_H

#include <stdbool.h>

#include "request.h"

/* All zero is one that nobody waits for. */
struct durability {
  struct request_list waiting; /* for the next flush */
  struct request_list covered; /* by the flush at the NBD client */
  struct nbd_command command;  /* the flush */
  bool busy;                   /* it is at the NBD client */
};

/* The request's data was written: it waits until a flush has covered it. */
extern void durability_add (struct durability *durability,
                            struct request *request);

/* The flush that is to be submitted now, or NULL if none is due. */
extern struct nbd_command *durability_next (struct durability *durability);

/* That flush has ended, with command.error.  Those that it covered are on
 * `ended`, each with a command as if the flush had been its own.
 */
extern void durability_ended (struct durability *durability,
                              struct request_list *ended);

/* Nobody waits for a flush that was not submitted. */
extern bool durability_idle (const struct durability *durability);

/* What waits for a flush that was not submitted is on `ended`, cancelled. */
extern void durability_cancel (struct durability *durability,
                               struct request_list *ended);

#endif

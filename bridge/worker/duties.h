/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a request is to have done for it, one thing after the other: its
 * duties.  Each is one NBD command, or a share of one.
 *
 * Pure functions from a request to what comes next; who calls them does it.
 */

#ifndef BRIDGE_DUTIES_H
#define BRIDGE_DUTIES_H

#include <stdbool.h>

#include "request.h"

/* In request->duties, done in this order. */
#define DUTIES_FLUSH_BEFORE 1u
#define DUTIES_DATA         2u
#define DUTIES_SHARED_FLUSH 4u /* one that covers others, too */
#define DUTIES_FLUSH_AFTER  8u

enum duty {
  DUTY_NONE,         /* it is to be answered */
  DUTY_FLUSH,
  DUTY_DATA,         /* read, write or discard */
  DUTY_SHARED_FLUSH, /* wait for one: see durability.h */
};

enum duties_verdict {
  DUTIES_DONE,       /* the next duty comes */
  DUTIES_SPLIT,      /* it failed for several: each is to try by itself */
  DUTIES_FAILED,     /* it failed for this one: the policy is to judge */
  DUTIES_AGAIN,      /* it is to begin anew, with the guest's bytes */
};

/* Set the duties that request->io calls for, where the server has FUA or not,
 * and where writes have to be durable when they are answered (`write_through`)
 * or only when they were flushed.
 */
extern void duties_plan (struct request *request, bool fua,
                         bool write_through);

/* Take the next one off. */
extern enum duty duties_next (struct request *request);

/* The request's command has ended, with command.error.  A flush that was to
 * make its data durable does not, if the connection was lost on which that was
 * written: the server may have died with it.
 */
extern enum duties_verdict duties_ended (struct request *request);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What becomes of requests that the server failed: the policies report,
 * ignore, stop and enospc, with the meaning that they have in QEMU, and the
 * state "stopped", which an operator ends or begins.
 *
 * While a disk is stopped, nothing is taken from its rings and nothing is
 * started; what is at the server goes on.  What fails meanwhile is judged as
 * ever.
 *
 * An empty flush is different.  A frontend takes an error for it to mean that
 * there is no flush, and never sends one again (Linux, blkif_interrupt).  So
 * where it does not stop the disk it is run again every second for
 * POLICY_TRIES times before its error is judged.
 */

#ifndef BRIDGE_POLICY_H
#define BRIDGE_POLICY_H

#include <stdbool.h>

#include <ev.h>

#include "bridge/shared/message.h"
#include "request.h"

#define POLICY_TRIES 30u /* of an empty flush after the first */
#define POLICY_AGAIN 1.0 /* seconds between them */

struct policy {
  const struct tune *tune;        /* the owner's, and may change */
  bool stopped;
  enum message_io_status io_status; /* why it is stopped */
  char reason[DEVICE_ERROR_MAX];  /* of the first error that stopped it, or by
                                   * whom it was stopped; "" if it is not */
  struct request_list parked;     /* until policy_resume */
  struct request_list flushes;    /* until the timer has ended */
  struct request_list due;        /* to be run again, from their beginnings */
  ev_timer timer;                 /* runs while there are flushes */
  bool ended;                     /* the timer has, and nobody has looked */
};

enum policy_verdict {
  POLICY_REPORT, /* tell the guest */
  POLICY_IGNORE, /* go on as if it had gone well: command.error is 0, and what
                  * was to be read is zeroes */
  POLICY_PARKED, /* it is parked, and will be due some time */
};

/* Nothing is parked, and the disk goes on.  `tune` stays the owner's. */
extern void policy_init (struct policy *policy, const struct tune *tune);

/* The request's command has failed; it has no members, unless that was
 * cancelled.  One that is parked is the policy's until it is due.
 */
extern enum policy_verdict policy_judge (struct policy *policy,
                                         struct request *request,
                                         struct ev_loop *loop,
                                         enum nbd_client_state server);

/* Stop the disk, if it goes on; `why` is for the operator. */
extern void policy_stop (struct policy *policy, const char *why);

/* Go on: what was parked is due. */
extern void policy_resume (struct policy *policy);

/* Flushes are due, if their time has come and the disk goes on. */
extern void policy_turn (struct policy *policy);

/* Does nothing wait to be run again? */
extern bool policy_idle (const struct policy *policy);

/* The end of what is parked, in bytes of the disk; or `end` if that is
 * farther.
 */
extern uint64_t policy_reach (const struct policy *policy, uint64_t end);

/* The disk is not stopped any more, and all that was parked is on `list`, as if
 * its commands had been cancelled.
 */
extern void policy_clear (struct policy *policy, struct ev_loop *loop,
                          struct request_list *list);

#endif

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
 * where it does not stop the disk it is run again every second for HOLD_TRIES
 * times before its error is judged.
 */

#ifndef BRIDGE_HOLD_H
#define BRIDGE_HOLD_H

#include <stdbool.h>

#include <ev.h>

#include "bridge/shared/message.h"
#include "request.h"

#define HOLD_TRIES 30u /* of an empty flush after the first */
#define HOLD_AGAIN 1.0 /* seconds between them */

struct volume;

struct hold {
  bool stopped;
  unsigned io_status;             /* enum message_io_status */
  char reason[DEVICE_ERROR_MAX];  /* of the first error that stopped it, or by
                                   * whom it was stopped; "" if it is not */
  struct request_list failed;     /* run again by hold_resume */
  struct request_list flushes;    /* run again by the timer */
  ev_timer timer;                 /* runs while there are any */
  bool due;                       /* it has ended */
};

enum hold_verdict {
  HOLD_REPORT,  /* tell the guest */
  HOLD_IGNORE,  /* go on as if it had gone well */
  HOLD_KEPT,    /* the request is held; it is run again some time */
};

extern void hold_init (struct volume *volume);

/* The request's command, which has no members, has failed with `error`. */
extern enum hold_verdict hold_judge (struct volume *volume,
                                     struct request *request, int error);

/* Stop the disk, if it is connected; `why` is for the operator. */
extern void hold_stop (struct volume *volume, const char *why);

/* Go on, with what is held first. */
extern void hold_resume (struct volume *volume);

/* Run again what it is time for. */
extern void hold_turn (struct volume *volume);

/* No request waits to be run again; a held barrier is not one of them. */
extern bool hold_idle (const struct volume *volume);

/* The end, in bytes, of what was taken and is not at the NBD client. */
extern uint64_t hold_reach (const struct volume *volume);

/* The rings are given back: end all that is held, with ECANCELED. */
extern void hold_drop (struct volume *volume);

/* What stopped the disk is going away, with its medium: the same, if an error
 * stopped it.  Returns false if none did.
 */
extern bool hold_give_up (struct volume *volume);

#endif

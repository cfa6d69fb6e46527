/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How a guest comes to have a volume and gives it up: from the moment when its
 * rings are connected until they are given back, and what happens to the volume
 * by the way that is no request's: options, limits, size, memory.
 *
 * session_turn is called before the loop sleeps.  It has the volume's turn, and
 * then the next phase begins, if the one before has done its work.
 */

#ifndef BRIDGE_SESSION_H
#define BRIDGE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "base/failure.h"
#include "bridge/shared/message.h"
#include "group.h"
#include "volume.h"

#define SESSION_DRAIN  4.0 /* seconds that commands at the server may take to
                            * end when the rings are to be given back; libxl
                            * gives the whole removal 10 s */
#define SESSION_TRIM   1.0 /* seconds without I/O before memory goes back */
#define SESSION_BYTES (32u << 20) /* of guests' data in taken requests; more
                                   * is not taken from the rings */
#define SESSION_GROWN 32u  /* buffers that keep what merging took, 1 MiB each */

struct session {
  struct volume volume;
  uint32_t domid;               /* whose disk it is */
  const char *run_dir;          /* the program's, or NULL: not known */
  struct group group;           /* whose limits it shares */
  bool persistent;              /* the guest keeps its grants, and we do */
  bool told_no_cache;           /* the guest does not know how to flush */
  ev_timer drain;               /* runs while the rings are given back: then
                                 * the server is not waited for */
  ev_timer trim;                /* runs while buffers have memory */
  bool trim_due;                /* that timer has ended */
  bool settled;                 /* what only starting needed was given back */
};

/* Everything in `session` is set, but for the volume's loop and client; the
 * strings and what is common stay the caller's.
 */
extern void session_init (struct session *session, const char *name,
                          uint32_t domid, const char *run_dir,
                          struct volume_common *common);

/* Connect the guest's rings, all or none: number `first` and each `volumes`-th
 * after that, where the disk has so many volumes.  The target must be open.
 *
 * Returns 0, or -1 with a sentence.
 */
extern int session_connect (struct session *session,
                            const struct message_connect *connect,
                            unsigned first, unsigned volumes,
                            struct failure *why);

/* Begin to give the rings back: nothing is taken any more, what is at the
 * server gets SESSION_DRAIN to end, and then what was written is flushed.
 * Later turns do it; the volume is VOLUME_IDLE when it is done.
 */
extern void session_disconnect (struct session *session);

/* Serve the disk like this from now on, but for the sector size.  The guest was
 * told at connect that it need not flush, or that it has to; so a write cache
 * that was off stays off until the next connection.
 */
extern void session_tune (struct session *session, const struct tune *tune);

/* Stop the disk, if it is connected; `why` is for the operator.  Let it go on:
 * see policy.h.
 */
extern void session_stop (struct session *session, const char *why);
extern void session_resume (struct session *session);

/* The medium is to be taken out.  If an error has stopped the disk, it goes on,
 * and what is parked ends with an error; returns false if none had.
 */
extern bool session_give_up (struct session *session);

/* Have the server store what was written: volume.asked_busy is false, and
 * volume.asked.error says how it went, when that is done.
 */
extern void session_ask_flush (struct session *session);

/* Have a turn; see above. */
extern void session_turn (struct session *session);

/* Requests that are taken and not answered. */
extern unsigned session_in_flight (const struct session *session);

/* Is there nothing in flight, but for a barrier that has not begun and what
 * waits behind it?
 */
extern bool session_quiet (const struct session *session);

/* The end of what was taken and is not at the NBD client, in bytes of the
 * disk.
 */
extern uint64_t session_reach (const struct session *session);

/* Is there a ring that the guest has made a mess of? */
extern bool session_broken (const struct session *session);

#endif

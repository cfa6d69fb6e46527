/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The daemon's socket for its operator's programs, RUNDIR/control.sock.
 * Only root can open it.  A client has one question at a time (ask.h) or one
 * claim (message.h); one that sends anything else is told so in one line and
 * disconnected.
 */

#ifndef BRIDGE_CONTROL_H
#define BRIDGE_CONTROL_H

#include <ev.h>

#include "scan.h"

#define CONTROL_CLIENTS 64u  /* connected at once; more are turned away */
#define CONTROL_IDLE    30.0 /* seconds that a client may say nothing */

struct control;

/* Listen in the run directory.  `scan` finds the disks that are asked for, and
 * stays the caller's.  Returns NULL with errno.
 */
extern struct control *control_new (struct ev_loop *loop, const char *run_dir,
                                    struct scan *scan);

/* Disconnect everyone and listen no more.  NULL is allowed. */
extern void control_free (struct control *control);

/* Answer those who wait for something that is known now. */
extern void control_answer (struct control *control);

#endif

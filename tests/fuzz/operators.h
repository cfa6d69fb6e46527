/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs that talk to the daemon's control socket: packets that are made
 * of what the input says, good ones and others, and a look at each answer.
 */

#ifndef OPERATORS_H
#define OPERATORS_H

#include "fuzz.h"

#define OPERATORS 80u /* more than the daemon talks to at once */

/* Connect to the socket at `path` as operator `n`, who hangs up before. */
extern void operators_connect (unsigned n, const char *path);
extern void operators_hang_up (unsigned n);

/* Operator `n` sends a packet, if connected: any bytes, one byte or a few
 * again and again, a question, a claim.
 */
extern void operators_send_bytes (unsigned n, struct input *input);
extern void operators_send_long (unsigned n, struct input *input);
extern void operators_ask (unsigned n, struct input *input);
extern void operators_claim (unsigned n, struct input *input);

/* Take the answers that are there.  Each has to be one that the control tool
 * understands, and for something that was sent.
 */
extern void operators_read (unsigned n);

/* All have read: nobody waits who is still connected. */
extern void operators_check_answered (void);
extern void operators_end (void);

#endif

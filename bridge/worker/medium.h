/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker was told to open: its target, or the medium of a drive that can
 * have another one.
 */

#ifndef BRIDGE_MEDIUM_H
#define BRIDGE_MEDIUM_H

#include <stdbool.h>

#include "bridge/shared/message.h"
#include "lanes.h"

enum medium_state {
  MEDIUM_NONE,     /* nothing was opened yet */
  MEDIUM_OPEN,
  MEDIUM_CHANGING, /* it is to be another once nothing is in flight: nothing is
                    * taken from the rings meanwhile */
};

struct medium {
  enum medium_state state;
  char target[STORE_VALUE_MAX + 1]; /* "": nothing */
  bool read_only;
  bool removable;              /* "" is a drive without a medium */
  char error[NBD_CLIENT_REASON_MAX]; /* why it cannot be opened, or "" */
};

/* Open a target; or have the medium changed, if another one is open and that
 * may be.  A daemon that was restarted asks again, and must mean the same.
 */
extern void medium_open (struct medium *medium, struct lanes *lanes,
                         const struct message_open *open);

/* Go on with changing it. */
extern void medium_turn (struct medium *medium, struct lanes *lanes);

#endif

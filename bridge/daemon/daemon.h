/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The daemon: all disks of this domain, and the one connection to xenstore.
 */

#ifndef BRIDGE_DAEMON_H
#define BRIDGE_DAEMON_H

#include <ev.h>

#include "disks.h"
#include "scan.h"

#define DAEMON_STORE_RETRY  1.0 /* seconds between attempts to reach xenstore */
#define DAEMON_EVENTS     512u  /* watch events taken in one turn */

struct daemon {
  struct ev_loop *loop;
  struct store *store;      /* NULL while it cannot be reached */
  struct disks disks;
  struct scan scan;
  struct control *control;
  ev_io store_readable;
  ev_timer store_retry;
  ev_timer rescan;          /* runs after a scan that was not complete */
  ev_io store_hangup;       /* readable when xenstored goes */
  ev_prepare prepare;       /* the turn */
  ev_idle again;            /* keeps the loop from sleeping */
};

/* Set up, and connect to xenstore.  All pointers stay the caller's.  Returns
 * 0, or -1 with errno if xenstore cannot be reached now.
 */
extern int daemon_init (struct daemon *daemon, struct ev_loop *loop,
                        const struct settings *settings,
                        const struct spawn_program *program);

/* Let go of everything; the workers go on. */
extern void daemon_free (struct daemon *daemon);

#endif

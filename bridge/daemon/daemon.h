/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The daemon: all disks of this domain, and the one connection to xenstore.
 */

#ifndef BRIDGE_DAEMON_H
#define BRIDGE_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include <ev.h>

#include "disk.h"
#include "worker-link.h"
#include "settings.h"
#include "xenbus/store.h"

#define DAEMON_STORE_RETRY  1.0 /* seconds between attempts to reach xenstore */
#define DAEMON_EVENTS     512u  /* watch events taken in one turn */

struct control;

struct daemon {
  struct ev_loop *loop;
  const struct settings *settings;
  struct link_program program;
  struct store *store;      /* NULL while it cannot be reached */
  uint32_t own_domid;
  struct disk *disks;
  struct control *control;
  bool adopted;             /* workers without a device were looked for */
  bool scan;                /* the list of devices may have changed */
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
                        const struct link_program *program);

/* Let go of everything; the workers go on. */
extern void daemon_free (struct daemon *daemon);

/* The device's disk, looking into the store if it is not known yet; NULL if
 * there is none.
 */
extern struct disk *daemon_find (struct daemon *daemon,
                                 const struct device_id *id);

/* Watch the state of the disk's frontend, and no more of what a guest can
 * write to (XSA-349); or do so no longer.  Notes it if that fails.
 */
extern void daemon_watch_frontend (struct daemon *daemon, struct disk *disk);
extern void daemon_unwatch_frontend (struct daemon *daemon,
                                     const struct disk *disk);

/* Another VM's disk that writes to the same export, which is not allowed to
 * be shared; NULL if there is none.
 */
extern const struct disk *daemon_rival (const struct daemon *daemon,
                                        const struct disk *disk);

#endif

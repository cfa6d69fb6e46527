/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The daemon's settings: xen-nbdback.conf(5).  settings-file.h reads them.
 */

#ifndef BRIDGE_SETTINGS_H
#define BRIDGE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/shared/tune.h"

#define SETTINGS_EXPORTS_MAX 1024u /* sections for single exports */
#define SETTINGS_DISKS_MAX   1024u /* sections for disks */

struct settings_export {
  char *uri;   /* canonical, see nbd_target_format */
  bool shared; /* several VMs may write to it */
};

/* A section for some disks, or for a group. */
struct settings_disk {
  bool group;         /* it sets the limits of a group */
  char *pattern;      /* that disks fit; of a group, its name */
  char *uri;          /* canonical, if the pattern is a target; or NULL */
  struct tune tune;   /* only what is in `set` counts */
  uint32_t set;       /* a bit for each enum tune_option */
};

struct settings {
  double connect_timeout;  /* seconds */
  double reconnect_limit;  /* seconds; 0: for ever */
  double slow_warning;     /* seconds */
  double resize_poll;      /* seconds between looks for another size; 0: none */
  bool structured_replies;
  unsigned max_queues;     /* offered to a guest, 1 to DEVICE_QUEUES_MAX */
  unsigned connections;    /* to the server for a disk that has several queues,
                            * 1 to TUNE_CONNECTIONS_MAX */
  struct tune tune;        /* of disks that have no section */
  struct settings_disk *disks;
  size_t ndisks;
  struct settings_export *exports;
  size_t nexports;
};

/* The defaults. */
extern void settings_init (struct settings *settings);

/* Free what the settings have; they are the defaults again. */
extern void settings_free (struct settings *settings);

/* The section of a group, or NULL. */
extern const struct settings_disk *
settings_group (const struct settings *settings, const char *name);

/* How a disk is to be served, by its name (KIND/DOMID/DEVID) and its canonical
 * URI: of the sections that fit, the last one that sets an option counts.  The
 * limits of a disk that is in a group are those of the group.
 */
extern void settings_tune (const struct settings *settings, const char *name,
                           const char *uri, struct tune *tune);

/* May several VMs write to the export with this canonical URI? */
extern bool settings_is_shared (const struct settings *settings,
                                const char *uri);

#endif

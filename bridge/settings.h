/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The daemon's settings: xen-nbdback.conf(5).
 */

#ifndef BRIDGE_SETTINGS_H
#define BRIDGE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#define SETTINGS_EXPORTS_MAX 1024u /* sections for single exports */

struct settings_export {
  char *uri;   /* canonical, see nbd_target_format */
  bool shared; /* several VMs may write to it */
};

struct settings {
  double connect_timeout;  /* seconds */
  double reconnect_limit;  /* seconds; 0: for ever */
  double slow_warning;     /* seconds */
  bool structured_replies;
  struct settings_export *exports;
  size_t nexports;
};

/* The defaults. */
extern void settings_init (struct settings *settings);

/* Free what the settings hold; they are the defaults again. */
extern void settings_free (struct settings *settings);

/* Read `path` over what is in `settings`.  A file that does not exist is fine
 * if `optional`.
 *
 * Returns 0, or -1 with a sentence in `error` (`size` bytes) that names the
 * file, the line and what is allowed there.
 */
extern int settings_read (struct settings *settings, const char *path,
                        bool optional, char *error, size_t size);

/* May several VMs write to the export with this canonical URI? */
extern bool settings_is_shared (const struct settings *settings, const char *uri);

#endif

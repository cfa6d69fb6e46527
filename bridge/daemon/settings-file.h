/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The file that settings are read from: xen-nbdback.conf(5).
 */

#ifndef BRIDGE_SETTINGS_FILE_H
#define BRIDGE_SETTINGS_FILE_H

#include "base/failure.h"
#include "settings.h"

/* Read `path` over what is in `settings`.  A file that does not exist is fine
 * if `optional`.
 *
 * Returns 0, or -1 with a sentence in `failure` that names the file, the line
 * and what is allowed there.
 */
extern int settings_read (struct settings *settings, const char *path,
                          bool optional, struct failure *failure);

#endif

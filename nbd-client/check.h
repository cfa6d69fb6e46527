/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * May a command be sent at all?  Pure functions.
 */

#ifndef NBD_CLIENT_CHECK_H
#define NBD_CLIENT_CHECK_H

#include "command.h"
#include "export.h"
#include "plan.h"

/* Is `command` well formed, within the bounds of `export`, and something that
 * the export offers?  `blocks` are those it is going to be planned for.
 *
 * Returns 0, or the errno that it is to end with: see nbd_client_submit.
 */
extern int check_command (const struct nbd_client_export *export,
                          const struct plan_blocks *blocks,
                          const struct nbd_command *command);

#endif

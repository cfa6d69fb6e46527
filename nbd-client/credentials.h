/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How a connection proves who it is and checks who it talks to.
 */

#ifndef NBD_CLIENT_CREDENTIALS_H
#define NBD_CLIENT_CREDENTIALS_H

#include <stdbool.h>

#include <libnbd.h>

#include "base/failure.h"
#include "target-fields.h"

/* Does the server have to prove that its name is target->host? */
extern bool credentials_check_name (const struct nbd_target *target);

/* Make `nbd` use TLS as `target` says, or not at all.  Where libnbd would
 * go on without checking the server, this fails.  Returns 0, or -1 and says
 * why.
 */
extern int credentials_set (struct nbd_handle *nbd, const struct
                            nbd_target *target, struct failure *failure);

#endif

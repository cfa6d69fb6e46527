/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A target written as an NBD URI.  Pure functions.
 */

#ifndef NBD_CLIENT_URI_H
#define NBD_CLIENT_URI_H

#include "base/failure.h"
#include "target-fields.h"

/* Parse `uri`, which has a "//" after its first colon, into `target`, which
 * is all zero.  Returns 0, or -1 and says why.
 */
extern int uri_parse (const char *uri, struct nbd_target *target,
                      struct failure *failure);

#endif

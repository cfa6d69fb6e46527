/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A target written as an NBD URI.  Pure functions.
 */

#ifndef NBD_CLIENT_URI_H
#define NBD_CLIENT_URI_H

#include "part.h"
#include "target.h"

/* Parse `uri`, which has a "//" after its first colon, into `target`, which
 * is all zero.  Returns 0, or -1 with a sentence in `error`.
 */
extern int uri_parse (struct part_error *error, const char *uri,
                      struct nbd_target *target);

#endif

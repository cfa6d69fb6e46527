/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How a message tells what an NBD server offers.
 */

#ifndef BRIDGE_SHARED_MESSAGE_EXPORT_H
#define BRIDGE_SHARED_MESSAGE_EXPORT_H

#include <jansson.h>

#include "nbd-client/export.h"

/* An object, which is the caller's to free; NULL if memory is short. */
extern json_t *message_pack_export (const struct nbd_client_export *e);

/* Read `o`, which may be anything.  Returns 0, or -1 if it is no export. */
extern int message_unpack_export (const json_t *o,
                                  struct nbd_client_export *e);

#endif

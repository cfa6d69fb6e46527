/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A TCP connect to a host name, off the loop.
 *
 * Where TLS has to check the server's name, libnbd must be given that name,
 * and then looks it up itself, which blocks.  So a thread has the handle
 * until the look-up is over.
 */

#ifndef NBD_CLIENT_CONNECTOR_H
#define NBD_CLIENT_CONNECTOR_H

#include <stdbool.h>

#include <ev.h>
#include <libnbd.h>

#include "base/failure.h"

struct connector;

/* Begin.  Takes `nbd` in any case.  Returns NULL with errno. */
extern struct connector *connector_new (struct ev_loop *loop,
                                        struct nbd_handle *nbd,
                                        const char *host, const char *port);

/* The handle, which is the caller's again; NULL as long as the thread has it.
 * It is connecting, unless `failure` was set: then it is of no use, and
 * *refused is as libnbd_error_set returned it.
 */
extern struct nbd_handle *connector_take (struct connector *connector,
                                          bool *refused,
                                          struct failure *failure);

/* Never blocks; closes the handle if it was not taken.  NULL is allowed. */
extern void connector_free (struct connector *connector);

#endif

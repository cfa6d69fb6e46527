/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A TCP connect to a host name, off the loop.
 *
 * Where TLS has to check the server's name, libnbd must be given that name,
 * and then looks it up itself, which blocks.  So a thread has the handle
 * until the look-up is over.
 */

#ifndef NBD_CLIENT_NAMED_H
#define NBD_CLIENT_NAMED_H

#include <stdbool.h>
#include <stddef.h>

#include <ev.h>
#include <libnbd.h>

struct named;

/* Begin.  Takes `nbd` in any case.  Returns NULL with errno. */
extern struct named *named_new (struct ev_loop *loop, struct nbd_handle *nbd,
                                const char *host, const char *port);

/* The handle, which is the caller's again and is connecting, or has failed
 * with a sentence in `reason`, and `refused` as of named_copy_error; NULL if
 * the thread still has it.
 */
extern struct nbd_handle *named_take (struct named *named, char *reason,
                                      size_t size, bool *refused);

/* Never blocks; closes the handle if it was not taken.  NULL is allowed. */
extern void named_free (struct named *named);

/* Copy libnbd's last error of this thread, which dies at the next call,
 * without the names of functions in front.  Returns true if it is about a
 * handshake: a server was reached and does not do.
 */
extern bool named_copy_error (char *reason, size_t size);

#endif

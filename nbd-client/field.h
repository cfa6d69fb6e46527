/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The fields that a target's text is made of, each checked and stored by one
 * function: this is the only place that says what a host, a port or a path
 * may look like.  Pure functions.
 *
 * All take the field as `length` bytes at `text`.  They return 0, or -1 and
 * say why.
 */

#ifndef NBD_CLIENT_FIELD_H
#define NBD_CLIENT_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "target-fields.h"

#define FIELD_ECHO_MAX 80  /* bytes of a wrong field that an error repeats */

/* `length` as printf's precision for "%.*s", cut to FIELD_ECHO_MAX. */
extern int field_echo (size_t length);

/* Copy `text` into `out`, which has room for `max` bytes and a NUL.  `what`
 * names the field in an error.
 */
extern int field_copy (const char *what, const char *text, size_t length,
                       char *out, size_t max, struct failure *failure);

/* As field_copy, with percent escapes decoded; an escape that is broken or
 * stands for a control character is refused.
 */
extern int field_unescape (const char *what, const char *text, size_t length,
                           char *out, size_t max, struct failure *failure);

/* A decimal number from `low` to `high`. */
extern int field_number (const char *what, const char *text, size_t length,
                         uint32_t low, uint32_t high, uint32_t *out,
                         struct failure *failure);

/* A host name or IPv4 address, or what stood between [ and ]; stored in
 * lower case, addresses in their usual form.
 */
extern int field_host (struct nbd_target *target, const char *text,
                       size_t length, struct failure *failure);
extern int field_ipv6 (struct nbd_target *target, const char *text,
                       size_t length, struct failure *failure);

/* A TCP port; empty text means the default port. */
extern int field_port (struct nbd_target *target, const char *text,
                       size_t length, struct failure *failure);

/* HOST, HOST:PORT, [IPv6] or [IPv6]:PORT. */
extern int field_host_port (struct nbd_target *target, const char *text,
                            size_t length, struct failure *failure);

/* A socket's absolute path, not escaped; "//" and "/./" are shortened. */
extern int field_socket (struct nbd_target *target, const char *text,
                         size_t length, struct failure *failure);

#endif

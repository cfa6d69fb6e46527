/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The parts that a target's text is made of, each checked and stored by one
 * function: this is the only place that says what a host, a port or a path
 * may look like.  Pure functions.
 *
 * All take the part as `length` bytes at `text`.  They return 0, or -1 with
 * a sentence in `error`.
 */

#ifndef NBD_CLIENT_PART_H
#define NBD_CLIENT_PART_H

#include <stddef.h>
#include <stdint.h>

#include "target.h"

#define PART_ECHO_MAX 80  /* bytes of a wrong part that an error repeats */

/* Where the sentence goes; the caller's memory. */
struct part_error {
  char *text;
  size_t size;
};

/* Put a sentence into `error`.  Always returns -1. */
extern int part_fail (struct part_error *error, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* `length` as printf's precision for "%.*s", cut to PART_ECHO_MAX. */
extern int part_echo (size_t length);

/* Copy `text` into `out`, which has room for `max` bytes and a NUL.  `what`
 * names the part in an error.
 */
extern int part_copy (struct part_error *error, const char *what,
                      const char *text, size_t length, char *out, size_t max);

/* As part_copy, with percent escapes decoded; an escape that is broken or
 * stands for a control character is refused.
 */
extern int part_unescape (struct part_error *error, const char *what,
                          const char *text, size_t length,
                          char *out, size_t max);

/* A decimal number from `low` to `high`. */
extern int part_number (struct part_error *error, const char *what,
                        const char *text, size_t length,
                        uint32_t low, uint32_t high, uint32_t *out);

/* A host name or IPv4 address, or what stood between [ and ]; stored in
 * lower case, addresses in their usual form.
 */
extern int part_host (struct part_error *error, struct nbd_target *target,
                      const char *text, size_t length);
extern int part_ipv6 (struct part_error *error, struct nbd_target *target,
                      const char *text, size_t length);

/* A TCP port; empty text means the default port. */
extern int part_port (struct part_error *error, struct nbd_target *target,
                      const char *text, size_t length);

/* HOST, HOST:PORT, [IPv6] or [IPv6]:PORT. */
extern int part_host_port (struct part_error *error,
                           struct nbd_target *target,
                           const char *text, size_t length);

/* A socket's absolute path, not escaped; "//" and "/./" are shortened. */
extern int part_socket (struct part_error *error, struct nbd_target *target,
                        const char *text, size_t length);

#endif

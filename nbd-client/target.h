/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a disk's "params" node says, as a place to connect to.
 *
 * Spellings understood, each with or without "aio:" or "raw:" in front
 * (libxl puts the format there):
 *   nbd:unix:PATH[:exportname=NAME]       QEMU's old spelling
 *   nbd:HOST[:PORT][:exportname=NAME]     HOST may be [IPv6]
 *   nbd://, nbds://, nbd+unix://, nbds+unix://, nbd+vsock://,
 *   nbds+vsock://                         the NBD URI specification
 */

#ifndef NBD_CLIENT_TARGET_H
#define NBD_CLIENT_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/failure.h"
#include "target-fields.h"

#define NBD_TARGET_LENGTH_MAX 4096  /* bytes of params, as of any node */

/* Is this text meant for us?  True for anything that begins (after "aio:"
 * or "raw:") like one of the spellings above, well-formed or not; false for
 * file names, other drivers' targets and the empty string.
 */
extern bool nbd_target_is_nbd (const char *params);

/* Parse `params` into `target`, all of which is overwritten.  A pure
 * function: no I/O, no allocation, no look-up of names.
 *
 * Returns 0, or -1, and then the sentence names the part of the text that is
 * wrong and what is allowed there.
 * Refused among others: NUL or control characters, an unknown URI query
 * parameter or a fragment, socket= on TCP, relative socket paths, ports
 * outside 1-65535, bad percent escapes, over-long parts.
 */
extern int nbd_target_parse (const char *params, struct nbd_target *target,
                             struct failure *failure);

/* Write the canonical NBD URI of `target` into `out` (NUL-terminated): two
 * spellings of one export give the same text, so it serves to compare
 * exports as well as to tell the operator.  The path of key files is left
 * out.  Returns 0, or -1 when `size` is too small.
 */
extern int nbd_target_format (const struct nbd_target *target,
                              char *out, size_t size);

#endif

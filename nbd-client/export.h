/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a server offers, and judging it: can it be used at all, and is it as
 * good as what was first seen?  Pure functions.
 */

#ifndef NBD_CLIENT_EXPORT_H
#define NBD_CLIENT_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

/* Block sizes in bytes, where the server says nothing (NBD protocol). */
#define EXPORT_MAXIMUM_DEFAULT   (32 << 20)
#define EXPORT_PREFERRED_DEFAULT 4096

/* What the server offers, in bytes.  All of it stays as it was when the export
 * was opened first, but for the size: a server that comes back with less is
 * not accepted (HELD), one that comes back larger is used at its new size.
 */
struct nbd_client_export {
  uint64_t size;       /* a multiple of 512 and of minimum_block */
  uint64_t real_size;  /* what the server said */
  uint32_t minimum_block, preferred_block, maximum_block;
  bool read_only, flush, fua, trim, zero, multi_conn;
};

/* What the server said, as it said it. */
struct export_facts {
  int64_t size;                          /* bytes; negative: beyond 2^63 */
  int64_t minimum, preferred, maximum;   /* bytes; <= 0: not said */
  bool read_only, flush, fua, trim, zero, multi_conn;
};

/* Fill in `export` from `facts`; with `read_only`, the export is treated as
 * read-only whatever the server says.  Returns 0, or -1 and says why it cannot
 * be used.
 */
extern int export_open (const struct export_facts *facts, bool read_only,
                        struct nbd_client_export *export,
                        struct failure *failure);

/* Can commands planned for `first` be carried out on `now`, and does it
 * keep all that was promised?  Returns 0, or -1 with a sentence that names all
 * that changed for the worse.  FUA, zero and the preferred block size are free
 * to change: commands do without.
 */
extern int export_compare (const struct nbd_client_export *first,
                           const struct nbd_client_export *now,
                           struct failure *failure);

#endif

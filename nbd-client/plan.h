/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A command as a row of steps that the server can take.  A step is one NBD
 * command; the next is planned when the last was carried out.  Nothing here
 * does I/O.
 *
 * Reads and writes are split at the maximum block size.  A read that does
 * not fill whole minimum blocks is widened into the margins of the buffer.
 * Such a write reads its first and last block into the scratch memory,
 * completes the margins of the buffer from there and writes whole blocks.
 * Trims are made smaller until they fill whole blocks.  A write of zeroes is
 * one step if it fills whole blocks and the server can do it.  A write that is
 * to be durable ends with a flush if the server has no FUA.
 */

#ifndef NBD_CLIENT_PLAN_H
#define NBD_CLIENT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"

#define PLAN_SECTOR 512  /* bytes; no block is smaller */

/* What the server takes in one NBD command. */
struct plan_blocks {
  uint32_t minimum;  /* bytes; a power of two from PLAN_SECTOR to
                      * NBD_CLIENT_BLOCK_MAX */
  uint32_t maximum;  /* bytes of one read or write; at least `minimum` */
  bool fua, zero;    /* the server has them */
};

enum plan_kind {
  PLAN_READ,
  PLAN_WRITE,
  PLAN_FLUSH,
  PLAN_TRIM,
  PLAN_ZERO,
  PLAN_DONE,   /* nothing is left to do */
};

struct plan_step {
  enum plan_kind kind;
  uint64_t offset, count;  /* bytes; 0 for flush */
  char *buffer;            /* read and write: `count` bytes */
  bool fua;                /* write and zero: durable */
  bool hole;               /* zero: may leave a hole */
};

/* Make the command start at its first step. */
extern void plan_begin (struct nbd_command *command);

/* The step that comes now.  Asking again gives the same answer. */
extern void plan_next (const struct plan_blocks *blocks,
                       const struct nbd_command *command,
                       struct plan_step *step);

/* The step that plan_next told was carried out. */
extern void plan_advance (const struct plan_blocks *blocks,
                          struct nbd_command *command);

/* Is this a write that reads its first or last block before it writes? */
extern bool plan_reads_first (const struct plan_blocks *blocks,
                              const struct nbd_command *command);

/* Must the two not run at the same time?  True where one reads a block,
 * changes a part and writes it back, and the other changes that block, too:
 * its change would be lost.
 */
extern bool plan_conflict (const struct plan_blocks *blocks,
                           const struct nbd_command *a,
                           const struct nbd_command *b);

#endif

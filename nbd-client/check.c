/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * May a command be sent at all: see check.h.
 */

#include <errno.h>

#include "check.h"

/* Where and how much: 0 or EINVAL. */
static int
check_range (uint64_t size, const struct plan_blocks *blocks,
             const struct nbd_command *command)
{
  if (command->op == NBD_CLIENT_FLUSH)
    return command->offset == 0 && command->count == 0 ? 0 : EINVAL;
  if ((command->offset | command->count) % PLAN_SECTOR != 0)
    return EINVAL;
  if (command->offset > size || command->count > size - command->offset)
    return EINVAL;
  if (command->op == NBD_CLIENT_TRIM)
    return 0;
  if (command->count > NBD_CLIENT_TRANSFER_MAX)
    return EINVAL;
  if (plan_reads_first (blocks, command) && !command->scratch)
    return EINVAL;
  return 0;
}

int
check_command (const struct nbd_client_export *export,
               const struct plan_blocks *blocks,
               const struct nbd_command *command)
{
  const int error = check_range (export->size, blocks, command);

  if (error)
    return error;
  switch (command->op) {
  case NBD_CLIENT_READ:
    break;
  case NBD_CLIENT_WRITE:
    return export->read_only ? EPERM : 0;
  case NBD_CLIENT_FLUSH:
    return export->flush ? 0 : ENOTSUP;
  case NBD_CLIENT_TRIM:
    if (export->read_only)
      return EPERM;
    return export->trim ? 0 : ENOTSUP;
  }
  return 0;
}

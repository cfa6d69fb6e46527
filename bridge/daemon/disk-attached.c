/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "disk-attached.h"
#include "xenbus/device-attach.h"

enum again
disk_attached_update (const struct disk_facts *facts,
                      const struct disk_worker *worker, struct store *store)
{
  const bool closed = facts->state.own == HANDSHAKE_CLOSED &&
                      worker->rings == HANDSHAKE_RINGS_NONE;

  if (!facts->config.attached || !closed ||
      (facts->state.online && store_exists (store, facts->paths.vm) != 0))
    return AGAIN_NO;
  if (device_remove_attached (store, &facts->paths) != -1)
    return AGAIN_NO;
  log_warning (facts->name, "cannot remove its nodes: %s", strerror (errno));
  return AGAIN_LOOK;
}

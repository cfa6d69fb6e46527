/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "daemon.h"
#include "disk-medium.h"
#include "disk-target.h"
#include "bridge/shared/message-text.h"
#include "nbd-client/target.h"

bool
disk_medium_removable (const struct disk *disk)
{
  return disk->config.cdrom && !disk->config.writable;
}

bool
disk_medium_empty (const struct disk *disk)
{
  const char *params = disk->config.params;

  return disk_medium_removable (disk) &&
         (params[0] == '\0' || strcmp (params, "aio:") == 0 ||
          strcmp (params, "raw:") == 0);
}

/* A text that is no target says so once, and the drive stays as it is. */
static bool
is_target (struct disk *disk, const char *params)
{
  struct nbd_target target;
  char why[256] = "it is not UTF-8 text";

  if (message_is_text (params) &&
      nbd_target_parse (params, &target, FAILURE_INTO (why)) == 0 &&
      nbd_target_format (&target, disk->uri, sizeof disk->uri) == 0)
    return true;
  if (strcmp (params, disk->bad_medium) != 0)
    log_error (disk->name, "params = %.200s: %s; the medium stays as it is",
               params, why);
  strcpy (disk->bad_medium, params);
  return false;
}

void
disk_medium_update (struct disk *disk)
{
  char params[STORE_VALUE_MAX + 1], before[STORE_VALUE_MAX + 1];

  if (!disk_medium_removable (disk) || disk->state.gone || disk->link.late ||
      store_read (disk->daemon->store, STORE_NOW, disk->paths.backend,
                  "params", params, sizeof params) == -1 ||
      strcmp (params, disk->config.params) == 0)
    return;
  strcpy (before, disk->config.params);
  strcpy (disk->config.params, params);
  if (disk_medium_empty (disk))
    disk->uri[0] = '\0';
  else if (!is_target (disk, params)) {
    strcpy (disk->config.params, before);
    return;
  }
  disk->bad_medium[0] = '\0';
  log_info (disk->name, "%s%s", disk->uri[0] ? "another medium: "
            : "the medium is ejected", disk->uri);
  if (disk->link.fd == -1)
    disk_target_start (disk);
  else
    disk_target_send (disk);
}

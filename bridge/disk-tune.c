/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>

#include "daemon.h"
#include "disk-tune.h"

void
disk_tune (const struct disk *disk, struct tune *tune)
{
  const struct link *link = &disk->link;

  if (link->has_status && link->status.has_tune)
    *tune = link->status.tune;
  else if (link->has_status)
    tune_init (tune);
  else
    settings_tune (disk->daemon->settings, disk->name, disk->uri, tune);
}

uint64_t
disk_size (const struct disk *disk)
{
  const uint64_t size = disk->link.status.export.size;
  struct tune tune;

  disk_tune (disk, &tune);
  return size - size % tune.sector_size;
}

bool
disk_tune_fits (const struct disk *disk, char *error)
{
  struct tune tune;

  disk_tune (disk, &tune);
  if (disk_size (disk) == 0) {
    snprintf (error, DEVICE_ERROR_MAX, "the export %.300s has %llu bytes, "
              "less than one sector of sector-size = %u", disk->uri,
              (unsigned long long) disk->link.status.export.size,
              tune.sector_size);
    return false;
  }
  if (tune.write_cache == TUNE_CACHE_OFF && disk->config.writable &&
      !disk->link.status.export.flush && !disk->link.status.export.fua) {
    snprintf (error, DEVICE_ERROR_MAX, "the export %.300s cannot be served "
              "with write-cache = off: it offers neither flush nor FUA",
              disk->uri);
    return false;
  }
  return true;
}

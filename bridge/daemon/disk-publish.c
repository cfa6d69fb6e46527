/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include "daemon.h"
#include "disk-publish.h"
#include "disk-tune.h"
#include "xenbus/device-write.h"

/* What the server prefers, where a guest can make use of it. */
static uint32_t
physical_size (uint32_t preferred, uint32_t sector_size)
{
  if (preferred < sector_size)
    return sector_size;
  return preferred <= 4096 ? preferred : 4096;
}

int
disk_publish (struct disk *disk)
{
  const struct nbd_client_export *export = &disk->link.status.export;
  const bool read_only = !disk->config.writable || export->read_only;
  const uint32_t preferred = export->preferred_block;
  struct device_properties properties = {
    .sectors = disk_size (disk) / BLKIF_SECTOR,
    .cdrom = disk->config.cdrom,
    .removable = disk->config.removable,
    .read_only = read_only,
    .indirect = disk->link.status.indirect,
    .persistent = disk->link.status.persistent,
    .discard = export->trim && disk->config.discard && !read_only,
  };
  struct tune tune;

  disk_tune (disk, &tune);
  properties.flush = export->flush && tune.write_cache == TUNE_CACHE_ON;
  properties.sector_size = tune.sector_size;
  properties.physical_size = physical_size (preferred, tune.sector_size);
  properties.discard_granularity = preferred > tune.sector_size
                                   ? preferred : tune.sector_size;
  disk->broken_off[0] = '\0';
  if (disk_may_log (disk))
    log_info (disk->name, "connected: %llu sectors, %s%s%s",
              (unsigned long long) properties.sectors,
              read_only ? "read-only" : "writable",
              properties.flush ? ", flush" : "",
              properties.discard ? ", discard" : "");
  disk->sectors = properties.sectors;
  disk->told_sectors = true;
  return device_write_properties (disk->daemon->store, &disk->paths,
                                  &properties);
}

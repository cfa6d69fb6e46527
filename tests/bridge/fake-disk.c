/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "fake-disk.h"
#include "bridge/daemon/disk-tune.h"

struct fake_disk fake_disk;

void
fake_disk_reset (void)
{
  fake_disk = (struct fake_disk) { .disks = fake_disk.disks };
}

struct disk *
disk_new (const struct disk_context *context, const struct device_id *id)
{
  struct disk *disk = calloc (1, sizeof *disk);

  if (disk == NULL)
    abort ();
  fake_disk.disks++;
  disk->context = context;
  disk->facts.id = *id;
  disk->marked = true;
  return disk;
}

void
disk_free (struct disk *disk)
{
  fake_disk.disks--;
  free (disk);
}

void
disk_mark (struct disk *disk)
{
  disk->marked = true;
}

void
disk_reconnect (struct disk *disk)
{
  disk_mark (disk);
}

int
disk_adopt (struct disk *disk)
{
  disk->phase = DISK_LEAVING;
  return fake_disk.starting ? -1 : 0;
}

enum disk_answer
disk_look (struct disk *disk)
{
  disk->marked = false;
  fake_disk.looks++;
  return fake_disk.look;
}

bool
disk_start (struct disk *disk, const struct disk *rival)
{
  fake_disk.started = disk;
  fake_disk.rival = rival;
  return rival == NULL;
}

void
disk_postpone (struct disk *disk)
{
  fake_disk.postponed = disk;
}

void
disk_open (struct disk *disk, const struct tune *tune)
{
  fake_disk.opened = disk;
  fake_disk.tune = *tune;
}

enum disk_answer
disk_update (struct disk *disk)
{
  (void) disk;
  fake_disk.updates++;
  return fake_disk.update;
}

void
disk_leave (struct disk *disk)
{
  disk->phase = DISK_LEAVING;
}

bool
disk_is_over (struct disk *disk, bool succeeded)
{
  disk->marked = false;
  fake_disk.asked_over++;
  fake_disk.succeeded = succeeded;
  return fake_disk.over;
}

int
disk_tune_change (struct disk *disk, const struct tune *tune,
                  struct failure *failure)
{
  if (fake_disk.cannot_change)
    return failure_set (failure, "%s", fake_disk.cannot_change);
  fake_disk.changed++;
  disk->worker.link.status.tune = *tune;
  return 0;
}

void
disk_log_level (struct disk *disk, enum log_level level)
{
  (void) disk;
  (void) level;
}

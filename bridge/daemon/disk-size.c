/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "daemon.h"
#include "disk-size.h"
#include "disk-tune.h"
#include "xenbus/device-write.h"

#define POLL_SECONDS 5.0 /* that a look for another size may hold requests */

/* What the guest was told, maybe by the daemon before this one. */
static bool
told (struct disk *disk)
{
  if (!disk->told_sectors)
    disk->told_sectors =
      store_read_number (disk->daemon->store, STORE_NOW, disk->paths.backend,
                         "sectors", INT64_MAX, &disk->sectors) == 0;
  return disk->told_sectors;
}

void
disk_size_update (struct disk *disk)
{
  const struct link *link = &disk->link;
  uint64_t before, now;

  if (disk->state.own != HANDSHAKE_CONNECTED || !link_settled (link) ||
      disk->rings != HANDSHAKE_RINGS_CONNECTED ||
      disk->target != HANDSHAKE_TARGET_OPEN || !link->status.has_export)
    return;
  now = disk_size (disk) / BLKIF_SECTOR;
  if (!told (disk) || disk->sectors == now ||
      (now == 0 && !disk->config.cdrom))
    return;
  before = disk->sectors;
  if (device_write_size (disk->daemon->store, &disk->paths, now) == -1) {
    if (errno != ENOENT && errno != ECANCELED) { /* else it is going */
      log_warning (disk->name, "cannot write the new size: %s",
                   strerror (errno));
      disk_look_again (disk);
    }
    return;
  }
  disk->sectors = now;
  log_info (disk->name, "resized from %llu to %llu sectors",
            (unsigned long long) before, (unsigned long long) now);
}

static void
poll_due (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct disk *disk = timer->data;
  struct message message = {
    .type = MESSAGE_TASK,
    .task = { .kind = TASK_RESIZE, .seconds = POLL_SECONDS,
              .may_shrink = true },
  };

  (void) loop;
  (void) revents;
  if (disk->leaving || disk->state.own != HANDSHAKE_CONNECTED ||
      disk->link.fd == -1 || !link_settled (&disk->link) ||
      !link_understands (&disk->link, MESSAGE_TASK) ||
      disk->link.status.server != NBD_CLIENT_OPEN)
    return;
  link_send (&disk->link, &message);
}

void
disk_size_poll (struct disk *disk, double seconds)
{
  struct ev_loop *loop = disk->daemon->loop;

  if (!ev_is_active (&disk->size_poll) && seconds > 0) {
    ev_init (&disk->size_poll, poll_due);
    disk->size_poll.data = disk;
  }
  if (disk->size_poll.repeat == seconds && ev_is_active (&disk->size_poll))
    return;
  disk->size_poll.repeat = seconds;
  if (seconds > 0)
    ev_timer_again (loop, &disk->size_poll);
  else
    ev_timer_stop (loop, &disk->size_poll);
}

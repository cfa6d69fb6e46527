/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The verbs that stand in for a toolstack: attach and detach.
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "disk-verdict.h"
#include "verbs-attach.h"
#include "nbd-client/target.h"
#include "xenbus/device-attach.h"

#define ATTACH_SECONDS 15.0 /* unless the question says something else */
#define DETACH_SECONDS 10.0

/* The paths of the disk that the question is about, whether or not there is
 * one.
 */
static void
paths_of (const struct verb_call *call, struct device_paths *paths)
{
  device_paths_init (paths, call->disks->context.own_domid, &call->id);
  snprintf (paths->frontend, sizeof paths->frontend,
            "/local/domain/%u/device/vbd/%u", call->id.domid, call->id.devid);
}

static bool
has_store (struct verb_call *call)
{
  const struct store *store = call->disks->context.store;

  if (store && !store_lost (store))
    return true;
  return !verb_answer (call, ASK_REFUSED, "%s: xenstore cannot be reached "
                        "now", call->verb->name);
}

/* Read the arguments; `target` and `vdev` are for what->...  Returns false,
 * with the answer, if one is wrong.
 */
static bool
read_attachment (struct verb_call *call, struct device_attachment *what,
                 char target[STORE_VALUE_MAX], char vdev[16])
{
  const json_t *o = call->question.object;
  const json_int_t domid = json_integer_value (json_object_get (o, "domid"));
  struct nbd_target parsed;
  char why[256];

  if (domid < 1 || domid > 0x7fef)
    return !verb_answer (call, ASK_USAGE, "attach: domid = %lld: it must be "
                          "a guest's number, 1 to %d", (long long) domid,
                          0x7fef);
  if (ask_text (o, "vdev", vdev, 16) == -1 ||
      device_vdev_parse (vdev, &what->id.devid) == -1)
    return !verb_answer (call, ASK_USAGE, "attach: vdev = %s: it must be "
                          "xvda to xvdzz, perhaps with a partition from 1 to "
                          "255", vdev);
  if (ask_text (o, "target", target, STORE_VALUE_MAX) == -1 ||
      nbd_target_parse (target, &parsed, FAILURE_INTO (why)) == -1)
    return !verb_answer (call, ASK_REFUSED, "attach: target = %.300s: %s",
                          target, target[0] ? why : "it is missing or too "
                          "long");
  what->id.domid = (uint32_t) domid;
  what->id.kind = DEVICE_QDISK; /* needs no script */
  what->own_domid = call->disks->context.own_domid;
  what->read_only = json_is_true (json_object_get (o, "read-only"));
  what->target = target;
  what->vdev = vdev;
  return true;
}

bool
verb_attach (struct verb_call *call, struct disk *unused)
{
  char target[STORE_VALUE_MAX], vdev[16];
  struct device_attachment what;

  (void) unused;
  if (!read_attachment (call, &what, target, vdev) ||
      !verb_seconds (call, ATTACH_SECONDS, &call->patience) ||
      !has_store (call))
    return true;
  call->id = what.id;
  snprintf (call->question.device, sizeof call->question.device,
            "%s/%u/%u", device_kind_name (what.id.kind), what.id.domid,
            what.id.devid);
  if (device_attach (call->disks->context.store, &what) == 0)
    return false;
  if (errno == ENOENT)
    return verb_answer (call, ASK_REFUSED, "attach: domid = %u: there is no "
                         "such domain", what.id.domid);
  if (errno == EEXIST)
    return verb_answer (call, ASK_REFUSED, "attach: vdev = %s: domain %u has "
                         "one already", vdev, what.id.domid);
  return verb_answer (call, ASK_REFUSED, "attach: cannot write the nodes of "
                       "%s: %s", call->question.device, strerror (errno));
}

/* It cannot be had: nothing of it stays. */
static bool
take_back (struct verb_call *call, const char *why)
{
  struct store *store = call->disks->context.store;
  struct device_paths paths;
  int r = -1;

  paths_of (call, &paths);
  if (store)
    r = device_remove_attached (store, &paths);
  return verb_answer (call, ASK_REFUSED, "%s: %.500s%s",
                       call->question.device, why, r == -1 ?
                       "; its nodes could not be removed" : "");
}

bool
verb_attach_poll (struct verb_call *call, struct disk *disk)
{
  const char *failure = disk ? disk_failure (disk) : "";

  if (failure[0] && (disk->phase != DISK_OURS ||
                     disk->target.state != HANDSHAKE_TARGET_OPEN))
    return take_back (call, failure);
  if (disk == NULL || disk->phase != DISK_OURS ||
      disk->target.state != HANDSHAKE_TARGET_OPEN)
    return false;
  if (disk->facts.state.own < HANDSHAKE_INIT_WAIT)
    return false;
  call->answer.result = json_pack ("{s:s}", "device", disk->facts.name);
  return true;
}

void
verb_attach_late (struct verb_call *call, struct disk *disk)
{
  (void) disk;
  take_back (call, "the export was not open in time");
}

bool
verb_detach (struct verb_call *call, struct disk *disk)
{
  const bool force = json_is_true (json_object_get (call->question.object,
                                                    "force"));

  if (!verb_seconds (call, DETACH_SECONDS, &call->patience) ||
      !has_store (call))
    return true;
  if (device_ask_to_close (call->disks->context.store, &disk->facts.paths,
                           force) == -1)
    return verb_answer (call, ASK_REFUSED, "%s: detach: cannot write its "
                         "nodes: %s", disk->facts.name, strerror (errno));
  snprintf (call->question.device, sizeof call->question.device, "%s",
            disk->facts.name);
  disk_mark (disk);
  return false;
}

bool
verb_detach_poll (struct verb_call *call, struct disk *disk)
{
  /* What attach made is removed by the disk, and then there is none. */
  if (disk && (disk->facts.state.own != HANDSHAKE_CLOSED ||
               disk->worker.rings != HANDSHAKE_RINGS_NONE ||
               disk->facts.config.attached))
    return false;
  call->answer.result =
    json_pack ("{s:s, s:b}", "device", call->question.device,
               "removed", disk == NULL);
  return true;
}

void
verb_detach_late (struct verb_call *call, struct disk *disk)
{
  (void) disk;
  verb_answer (call, ASK_LATE, "%s: detach: the guest has not let go of it in "
                "%g seconds; it may do so later, and --force does not ask it",
                call->question.device, call->patience);
}

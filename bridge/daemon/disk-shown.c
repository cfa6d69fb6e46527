/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "disk-shown.h"
#include "nbd-client/target.h"
#include "xenbus/device-write.h"

static const char unknown[] = "?";

static void
note (char text[DEVICE_ERROR_MAX], const char *what)
{
  snprintf (text, DEVICE_ERROR_MAX, "%s", what);
}

void
disk_shown_init (struct disk_shown *shown)
{
  memset (shown, 0, sizeof *shown);
  note (shown->error, unknown);
  note (shown->state, unknown);
}

static bool
show_error (struct disk_shown *shown, const struct disk_facts *facts,
            struct store *store, const char *text)
{
  if (strcmp (shown->error, text) == 0)
    return true;
  note (shown->error, text);
  if (device_write_error (store, &facts->paths, shown->error) == 0)
    return true;
  note (shown->error, unknown);
  return false;
}

static bool
show_state (struct disk_shown *shown, const struct disk_facts *facts,
            struct store *store, const char *state, const char *reason)
{
  char text[DEVICE_ERROR_MAX];

  snprintf (text, sizeof text, "%s%s%.400s", state, *reason ? ": " : "",
            reason);
  if (strcmp (shown->state, text) == 0)
    return true;
  note (shown->state, text);
  if (device_write_note (store, &facts->paths, "nbd-state", text) == 0)
    return true;
  note (shown->state, unknown);
  return false;
}

/* xentop finds the worker's file by this, for one kind only. */
static bool
show_pid (struct disk_shown *shown, const struct disk_facts *facts,
          struct store *store, pid_t pid)
{
  char text[16];

  if (facts->id.kind != DEVICE_VBD3 || pid == 0 || pid == shown->pid)
    return true;
  snprintf (text, sizeof text, "%d", (int) pid);
  if (device_write_note (store, &facts->paths, "kthread-pid", text) == -1)
    return false;
  shown->pid = pid;
  return true;
}

/* Can libxl's QEMU reach the export?  It is given "nbd+unix:///?socket=" and
 * the path as it stands in the node: no export name, no TLS, no escapes.
 */
static bool
has_local_path (const struct disk_facts *facts,
                const struct disk_target *target, struct nbd_target *parsed)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@=~";
  char why[256];

  return facts->id.kind == DEVICE_VBD3 &&
         target->state == HANDSHAKE_TARGET_OPEN &&
         nbd_target_parse (facts->config.params, parsed,
                           FAILURE_INTO (why)) == 0 &&
         parsed->transport == NBD_TARGET_UNIX && !parsed->tls &&
         parsed->export_name[0] == '\0' &&
         parsed->socket[strspn (parsed->socket, plain)] == '\0';
}

/* libxl reads it after the script, for the emulated disk of an HVM guest. */
static bool
show_path (struct disk_shown *shown, const struct disk_facts *facts,
           struct store *store, const struct disk_target *target)
{
  struct nbd_target parsed;

  if (shown->path || !has_local_path (facts, target, &parsed))
    return true;
  shown->path = device_write_note (store, &facts->paths,
                                   "physical-device-path",
                                   parsed.socket) == 0;
  return shown->path;
}

static bool
is_open (const struct worker_link *link)
{
  return link->has_status && link->status.target == HANDSHAKE_TARGET_OPEN;
}

const char *
disk_shown_server (const struct disk_facts *facts,
                   const struct disk_target *target,
                   const struct disk_worker *worker, const char **reason)
{
  const struct worker_link *link = &worker->link;
  const struct message_status *status = &link->status;

  *reason = "the worker is of a later version than the daemon";
  if (link->state == WORKER_LINK_STRANGE)
    return "unknown";
  *reason = "the worker does not answer";
  if (link->state == WORKER_LINK_LATE)
    return "unknown";
  *reason = status->reason;
  if (is_open (link) && status->server >= NBD_CLIENT_HELD)
    return status->server == NBD_CLIENT_HELD ? "held" : "given up";
  if (is_open (link) && status->server == NBD_CLIENT_SLOW)
    return "slow";
  *reason = status->stopped;
  if (is_open (link) && status->stopped[0])
    return "stopped";
  *reason = "";
  if (target->state == HANDSHAKE_TARGET_OPEN && disk_facts_empty (facts))
    return "empty";
  if (target->state == HANDSHAKE_TARGET_OPEN)
    return "connected";
  *reason = target->failure;
  return target->state == HANDSHAKE_TARGET_FAILED ? "failed" : "opening";
}

/* What is wrong, or "". */
static const char *
error_of (const struct disk_target *target, const struct disk_worker *worker,
          const struct disk_guest *guest)
{
  const struct message_status *status = &worker->link.status;

  if (target->failure[0])
    return target->failure;
  if (guest->broken_off[0])
    return guest->broken_off;
  return is_open (&worker->link) && status->server >= NBD_CLIENT_HELD
         ? status->reason : "";
}

enum again
disk_shown_update (struct disk_shown *shown, const struct disk_facts *facts,
                   const struct disk_target *target,
                   const struct disk_worker *worker,
                   const struct disk_guest *guest, struct store *store)
{
  const char *reason;
  const char *server = disk_shown_server (facts, target, worker, &reason);
  bool done;

  done = show_state (shown, facts, store, server, reason);
  done &= show_pid (shown, facts, store, worker->link.pid);
  done &= show_path (shown, facts, store, target);
  done &= show_error (shown, facts, store, error_of (target, worker, guest));
  return done ? AGAIN_NO : AGAIN_LOOK;
}

bool
disk_shown_remains (const struct disk_shown *shown)
{
  return shown->error[0] != '\0';
}

enum again
disk_shown_remove (struct disk_shown *shown, const struct disk_facts *facts,
                   struct store *store)
{
  return show_error (shown, facts, store, "") ? AGAIN_NO : AGAIN_LOOK;
}

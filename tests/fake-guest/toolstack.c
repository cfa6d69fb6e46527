/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What libxl does with a disk: the nodes it writes, what it waits for, the
 * script it runs, and how it takes the disk away.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static void
set_perms (struct xs_handle *xs, xs_transaction_t t, const char *path,
           uint32_t owner, uint32_t reader)
{
  struct xs_permissions perms[2] = {
    { .id = owner, .perms = XS_PERM_NONE },
    { .id = reader, .perms = XS_PERM_READ },
  };

  xs_set_permissions (xs, t, path, perms, 2);
}

static int
make_domain (struct guest_disk *disk)
{
  char path[GUEST_PATH];

  if (fx_domain (disk->domid) == NULL && fx_domain_create (disk->domid) == -1
      && errno != EEXIST) {
    guest_problem (disk, "cannot create domain %u: %s", disk->domid,
                   strerror (errno));
    return -1;
  }
  snprintf (path, sizeof path, "/local/domain/%u", disk->domid);
  if (!xs_is_domain_introduced (disk->dom0, disk->domid)) {
    xs_mkdir (disk->dom0, XBT_NULL, path);
    set_perms (disk->dom0, XBT_NULL, path, disk->domid, disk->domid);
    guest_put (disk->dom0, XBT_NULL, path, "domid", "%u", disk->domid);
    guest_put (disk->dom0, XBT_NULL, path, "name", "guest%u", disk->domid);
    guest_put (disk->dom0, XBT_NULL, path, "vm", "/vm/%u", disk->domid);
    xs_introduce_domain (disk->dom0, disk->domid, 0, 0);
  }
  return guest_open (disk);
}

static bool
is_script_kind (const struct guest_disk *disk)
{
  return strcmp (disk->kind, "qdisk") != 0;
}

static void
write_backend (struct guest_disk *disk, xs_transaction_t t,
               const struct toolstack_disk *how)
{
  struct xs_handle *xs = disk->dom0;
  const char *back = disk->back;
  unsigned i;

  xs_rm (xs, t, back);
  xs_mkdir (xs, t, back);
  set_perms (xs, t, back, disk->backend_domid, disk->domid);
  guest_put (xs, t, back, "frontend", "%s", disk->front);
  guest_put (xs, t, back, "params", "%s", how->params);
  if (how->script && is_script_kind (disk))
    guest_put (xs, t, back, "script", "%s", how->script);
  guest_put (xs, t, back, "frontend-id", "%u", disk->domid);
  guest_put (xs, t, back, "online", "1");
  guest_put (xs, t, back, "removable", "0");
  guest_put (xs, t, back, "bootable", "1");
  guest_put (xs, t, back, "dev", "%s", how->vdev);
  guest_put (xs, t, back, "type", "%s",
             strcmp (disk->kind, "vbd") == 0 ? "phy" : disk->kind);
  guest_put (xs, t, back, "mode", "%s", how->mode);
  guest_put (xs, t, back, "device-type", "%s", how->device_type);
  guest_put (xs, t, back, "discard-enable", "%s", how->discard);
  guest_put (xs, t, back, "specification", "xen");
  for (i = 0; i < how->nextra; i++)
    guest_put (xs, t, back, how->extra[i][0], "%s", how->extra[i][1]);
  guest_put (xs, t, back, "state", "1");
}

static void
write_frontend (struct guest_disk *disk, xs_transaction_t t,
                const struct toolstack_disk *how)
{
  struct xs_handle *xs = disk->dom0;

  xs_rm (xs, t, disk->front);
  xs_mkdir (xs, t, disk->front);
  set_perms (xs, t, disk->front, disk->domid, disk->backend_domid);
  guest_put (xs, t, disk->front, "backend", "%s", disk->back);
  guest_put (xs, t, disk->front, "backend-id", "%u", disk->backend_domid);
  guest_put (xs, t, disk->front, "virtual-device", "%u", disk->devid);
  guest_put (xs, t, disk->front, "device-type", "%s", how->device_type);
  guest_put (xs, t, disk->front, "trusted", "1");
  guest_put (xs, t, disk->front, "state", "1");
}

static int
write_nodes (struct guest_disk *disk, const struct toolstack_disk *how)
{
  char path[GUEST_PATH];
  unsigned tries;

  snprintf (path, sizeof path, "/libxl/%u/device/vbd/%u", disk->domid,
            disk->devid);
  for (tries = 0; tries < 64; tries++) {
    xs_transaction_t t = xs_transaction_start (disk->dom0);

    if (t == XBT_NULL)
      break;
    write_backend (disk, t, how);
    write_frontend (disk, t, how);
    guest_put (disk->dom0, t, path, "frontend", "%s", disk->front);
    guest_put (disk->dom0, t, path, "backend", "%s", disk->back);
    guest_put (disk->dom0, t, path, "params", "%s", how->params);
    if (xs_transaction_end (disk->dom0, t, false))
      return 0;
    if (errno != EAGAIN)
      break;
  }
  guest_problem (disk, "cannot write the nodes: %s", strerror (errno));
  return -1;
}

/* As libxl runs it.  Returns its exit status. */
static int
run_script (struct guest_disk *disk, const char *program, const char *script,
            const char *verb)
{
  const char *relative = strstr (disk->back, "backend/");
  int status;
  pid_t pid = fork ();

  if (pid == 0) {
    setenv ("script", script, 1);
    setenv ("XENBUS_TYPE", disk->kind, 1);
    setenv ("XENBUS_PATH", relative, 1);
    setenv ("XENBUS_BASE_PATH", "backend", 1);
    execl (program, program, verb, (char *) NULL);
    perror (program);
    _exit (127);
  }
  if (pid == -1 || waitpid (pid, &status, 0) == -1)
    return -1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

static int
hotplug (struct guest_disk *disk, const struct toolstack_disk *how)
{
  char text[1024];
  int status;

  if (strcmp (how->hotplug, "none") == 0)
    return 0;
  if (strcmp (how->hotplug, "connected") == 0) {
    guest_put (disk->dom0, XBT_NULL, disk->back, "hotplug-status",
               "connected");
    return 0;
  }
  guest_put (disk->dom0, XBT_NULL, disk->back, "fake-hotplug", "%s",
             how->hotplug);
  status = run_script (disk, how->hotplug, how->script, "add");
  guest_get (disk->dom0, disk->back, "hotplug-error", text, sizeof text);
  if (status == 0)
    return 0;
  fprintf (stderr, "fake-guest: the script failed with %d: %s\n", status,
           text);
  return -1;
}

int
toolstack_create (struct guest_disk *disk, const struct toolstack_disk *how)
{
  snprintf (disk->back, sizeof disk->back,
            "/local/domain/%u/backend/%s/%u/%u", disk->backend_domid,
            disk->kind, disk->domid, disk->devid);
  if (make_domain (disk) == -1)
    return -1;
  if (how->domain_only)
    return 0;
  if (write_nodes (disk, how) == -1)
    return -1;
  if (how->wait && is_script_kind (disk) &&
      guest_wait (disk, ST (2), how->timeout) == -1) {
    fprintf (stderr, "fake-guest: the backend did not reach state 2\n");
    return -1;
  }
  if (how->script && is_script_kind (disk))
    return hotplug (disk, how);
  return 0;
}

static void
remove_nodes (struct guest_disk *disk)
{
  char path[GUEST_PATH];

  xs_rm (disk->dom0, XBT_NULL, disk->front);
  xs_rm (disk->dom0, XBT_NULL, disk->back);
  snprintf (path, sizeof path, "/libxl/%u/device/vbd/%u", disk->domid,
            disk->devid);
  xs_rm (disk->dom0, XBT_NULL, path);
}

static bool
ask_to_close (struct guest_disk *disk)
{
  unsigned tries;

  for (tries = 0; tries < 64; tries++) {
    xs_transaction_t t = xs_transaction_start (disk->dom0);
    char path[GUEST_PATH + 8], *state;

    if (t == XBT_NULL)
      return false;
    snprintf (path, sizeof path, "%s/state", disk->back);
    state = xs_read (disk->dom0, t, path, NULL);
    guest_put (disk->dom0, t, disk->back, "online", "0");
    if (state && strcmp (state, "6") != 0)
      guest_put (disk->dom0, t, disk->back, "state", "5");
    free (state);
    if (xs_transaction_end (disk->dom0, t, false))
      return true;
  }
  return false;
}

int
toolstack_detach (struct guest_disk *disk, bool force, double timeout)
{
  char program[1024], script[1024];

  if (force)
    xs_rm (disk->dom0, XBT_NULL, disk->front);
  if (!ask_to_close (disk)) {
    guest_problem (disk, "cannot ask the backend to close");
    return -1;
  }
  /* A guest that lives does its part. */
  if (!force && disk->connected && guest_wait (disk, ST (5), timeout) == 5)
    guest_disconnect (disk, STYLE_LINUX, timeout);
  else if (!force && disk->xs)
    guest_put (disk->xs, XBT_NULL, disk->front, "state", "6");
  if (guest_wait (disk, ST (6), timeout) == -1) {
    guest_problem (disk, "the backend did not reach state 6, it has %d",
                   (int) guest_number (disk->dom0, disk->back, "state", 0));
    return -1;
  }
  guest_abandon (disk);
  if (guest_get (disk->dom0, disk->back, "fake-hotplug", program,
                 sizeof program) &&
      guest_get (disk->dom0, disk->back, "script", script, sizeof script))
    run_script (disk, program, script, "remove");
  remove_nodes (disk);
  return 0;
}

int
toolstack_destroy (struct guest_disk *disk, double timeout)
{
  char path[GUEST_PATH];
  unsigned mapped;
  int r = 0;

  if (xs_is_domain_introduced (disk->dom0, disk->domid) &&
      guest_number (disk->dom0, disk->back, "state", -1) != -1)
    r = toolstack_detach (disk, true, timeout);
  mapped = fx_domain_destroy (disk->domid);
  if (mapped) {
    guest_problem (disk, "the domain is a zombie: %u pages are mapped",
                   mapped);
    r = -1;
  }
  snprintf (path, sizeof path, "/local/domain/%u", disk->domid);
  xs_rm (disk->dom0, XBT_NULL, path);
  snprintf (path, sizeof path, "/libxl/%u", disk->domid);
  xs_rm (disk->dom0, XBT_NULL, path);
  if (disk->xs)
    xs_close (disk->xs);
  disk->xs = NULL;
  xs_release_domain (disk->dom0, disk->domid);
  guest_close (disk);
  return r;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>

#include "fuzz.h"
#include "toolstack.h"

#define SCRIPT "/etc/xen/scripts/block-nbdback"
#define ARRAY(a) (sizeof (a) / sizeof (a)[0])

struct store *toolstack_store;
void (*toolstack_noted) (void);

static const char *const backend_nodes[] = {
  "state", "online", "hotplug-status", "params", "script", "mode", "frontend",
  "frontend-id", "dev", "device-type", "removable", "discard-enable",
};

static const char *const frontend_nodes[] = {
  "state", "ring-ref", "event-channel", "protocol", "ring-page-order",
  "num-ring-pages", "multi-queue-num-queues", "ring-ref0", "ring-ref1",
  "ring-ref2", "ring-ref3", "queue-0/ring-ref", "queue-0/ring-ref0",
  "queue-0/event-channel", "queue-1/ring-ref", "queue-1/event-channel",
  "queue-7/ring-ref", "other", "feature-persistent", "queue-1/ring-ref0",
};

static const char *const values[] = {
  "0", "1", "2", "3", "4", "5", "6", "7", "8", "16", "", "-1", " 1", "0x5",
  "4294967295", "4294967296", "18446744073709551617", "01", "w", "r", "w!",
  "connected", "error", "cdrom", "nbd:unix:/s", "aio:nbd://host/x",
  "nbd:unix:relative", "nbd:unix:/\xff", "/dev/sda", SCRIPT, "/bin/block",
  FRONTEND, "/local/domain/4/device/vbd/51712", "/local/domain/3/device/",
  "x86_64-abi", "x86_32-abi", "arm-abi", "x86_16-abi",
  "00000000000000000000000000000001",
};

void
toolstack_set (const char *dir, const char *name, const char *value)
{
  char path[STORE_PATH_MAX];

  snprintf (path, sizeof path, "%s/%s", dir, name);
  fake_store_set (toolstack_store, path, value, strlen (value));
  toolstack_noted ();
}

void
toolstack_unset (const char *path)
{
  fake_store_unset (toolstack_store, path);
  toolstack_noted ();
}

/* A byte 255 as value means that text follows. */
static void
set_some (const char *dir, const char *name, struct input *input)
{
  const unsigned which = input_8 (input);
  char path[256], text[64];
  unsigned i, n;

  if (which != 255) {
    toolstack_set (dir, name, values[which % ARRAY (values)]);
    return;
  }
  n = input_8 (input) % sizeof text;
  for (i = 0; i < n; i++)
    text[i] = input_8 (input);
  snprintf (path, sizeof path, "%s/%s", dir, name);
  fake_store_set (toolstack_store, path, text, n);
  toolstack_noted ();
}

void
toolstack_do_backend (struct input *input)
{
  set_some (BACKEND, backend_nodes[input_8 (input) % ARRAY (backend_nodes)],
            input);
}

void
toolstack_do_frontend (struct input *input)
{
  set_some (FRONTEND, frontend_nodes[input_8 (input) %
                                     ARRAY (frontend_nodes)], input);
}

void
toolstack_do_unset (struct input *input)
{
  const unsigned which = input_8 (input);
  char path[256];

  if (which == 255)
    toolstack_unset (BACKEND);
  else if (which == 254)
    toolstack_unset (FRONTEND);
  else {
    if (which & 1)
      snprintf (path, sizeof path, "%s/%s", BACKEND,
                backend_nodes[which / 2 % ARRAY (backend_nodes)]);
    else
      snprintf (path, sizeof path, "%s/%s", FRONTEND,
                frontend_nodes[which / 2 % ARRAY (frontend_nodes)]);
    toolstack_unset (path);
  }
}

void
toolstack_make_device (unsigned how)
{
  toolstack_set (BACKEND, "frontend", FRONTEND);
  toolstack_set (BACKEND, "frontend-id", "3");
  toolstack_set (BACKEND, "params", "aio:nbd:unix:/s");
  toolstack_set (BACKEND, "mode", how & 1 ? "r" : "w");
  toolstack_set (BACKEND, "online", "1");
  if (how & 2)
    toolstack_set (BACKEND, "script", SCRIPT);
  if (how & 4)
    toolstack_set (BACKEND, "hotplug-status", "connected");
  toolstack_set (BACKEND, "state", "1");
}

void
toolstack_make_rings (void)
{
  toolstack_unset (FRONTEND);
  toolstack_set (FRONTEND, "ring-ref", "8");
  toolstack_set (FRONTEND, "event-channel", "5");
  toolstack_set (FRONTEND, "protocol", "x86_64-abi");
}

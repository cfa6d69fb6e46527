/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "disk-facts.h"
#include "bridge/shared/log.h"
#include "bridge/shared/message-text.h"

static const char not_nbd[] = "the device is not an NBD disk";

void
disk_facts_init (struct disk_facts *facts, uint32_t own_domid,
                 const struct device_id *id)
{
  memset (facts, 0, sizeof *facts);
  facts->id = *id;
  device_paths_init (&facts->paths, own_domid, id);
  snprintf (facts->name, sizeof facts->name, "%s/%u/%u",
            device_kind_name (id->kind), id->domid, id->devid);
}

/* A script decides; without one, the target does. */
static bool
is_for_us (const struct device_config *config)
{
  const char *name = strrchr (config->script, '/');

  if (config->script[0])
    return strcmp (name ? name + 1 : config->script, DISK_SCRIPT) == 0;
  return nbd_target_is_nbd (config->params);
}

/* Returns true if that is new. */
static bool
leave_alone (struct disk_facts *facts, const char *why)
{
  if (strcmp (facts->why_not, why) == 0)
    return false;
  snprintf (facts->why_not, sizeof facts->why_not, "%s", why);
  return true;
}

enum disk_facts_owner
disk_facts_consider (struct disk_facts *facts, struct store *store)
{
  const struct device_config *config = &facts->config;
  char error[DEVICE_ERROR_MAX];
  int r;

  r = device_read_config (store, &facts->id, &facts->paths, &facts->config,
                          FAILURE_INTO (error));
  if (r == -1) {
    /* A worker of this name may be serving a guest. */
    if (leave_alone (facts, error) && is_for_us (config))
      log_warning (facts->name, "left alone: %s", error);
    return DISK_FACTS_UNKNOWN;
  }
  if (!is_for_us (config)) {
    if (leave_alone (facts, not_nbd))
      log_debug (facts->name, "left alone: %s", not_nbd);
    return DISK_FACTS_OTHERS;
  }
  if (device_read_state (store, &facts->paths, &facts->state) == -1 ||
      device_read_vm (store, &facts->paths, facts->vm) == -1)
    return DISK_FACTS_UNKNOWN;
  facts->why_not[0] = '\0';
  log_info (facts->name, "%s of domain %u, %s, target %s",
            config->vdev[0] ? config->vdev : "a disk", facts->id.domid,
            config->writable ? "writable" : "read-only", config->params);
  return DISK_FACTS_OURS;
}

enum disk_facts_life
disk_facts_read (struct disk_facts *facts, struct store *store)
{
  if (device_read_state (store, &facts->paths, &facts->state) == -1)
    return DISK_FACTS_UNREAD;
  if (facts->state.gone)
    return DISK_FACTS_GONE;
  if (facts->state.own != HANDSHAKE_INITIALISING)
    facts->begun = true;
  else if (facts->begun)
    return DISK_FACTS_REPLACED;
  return DISK_FACTS_THERE;
}

int
disk_facts_changed (const struct disk_facts *facts, struct store *store)
{
  struct device_paths paths = facts->paths;
  struct device_config config;
  char error[DEVICE_ERROR_MAX];

  if (device_read_config (store, &facts->id, &paths, &config,
                          FAILURE_INTO (error)) == -1)
    return -1;
  return strcmp (config.params, facts->config.params) != 0 ||
         config.writable != facts->config.writable;
}

bool
disk_facts_gone (const struct disk_facts *facts, struct store *store)
{
  return store_exists (store, facts->paths.backend) == 0;
}

bool
disk_facts_unclaimed (const struct disk_facts *facts)
{
  return facts->config.script[0] && !facts->state.claimed;
}

bool
disk_facts_removable (const struct disk_facts *facts)
{
  return facts->config.cdrom && !facts->config.writable;
}

static bool
is_no_medium (const char *params)
{
  return params[0] == '\0' || strcmp (params, "aio:") == 0 ||
         strcmp (params, "raw:") == 0;
}

bool
disk_facts_empty (const struct disk_facts *facts)
{
  return disk_facts_removable (facts) && is_no_medium (facts->config.params);
}

/* A text that is no target says so once, and the drive stays as it is. */
static bool
is_medium (struct disk_facts *facts, const char *params)
{
  struct nbd_target target;
  char why[256] = "it is not UTF-8 text", uri[DISK_URI_MAX];

  if (is_no_medium (params) ||
      (message_is_text (params) &&
       nbd_target_parse (params, &target, FAILURE_INTO (why)) == 0 &&
       nbd_target_format (&target, uri, sizeof uri) == 0))
    return true;
  if (strcmp (params, facts->bad_medium) != 0)
    log_error (facts->name, "params = %.200s: %s; the medium stays as it is",
               params, why);
  snprintf (facts->bad_medium, sizeof facts->bad_medium, "%s", params);
  return false;
}

bool
disk_facts_read_medium (struct disk_facts *facts, struct store *store)
{
  char params[STORE_VALUE_MAX + 1];

  if (!disk_facts_removable (facts) || facts->state.gone ||
      store_read (store, STORE_NOW, facts->paths.backend, "params", params,
                  sizeof params) == -1 ||
      strcmp (params, facts->config.params) == 0 ||
      !is_medium (facts, params))
    return false;
  facts->bad_medium[0] = '\0';
  snprintf (facts->config.params, sizeof facts->config.params, "%s", params);
  return true;
}

static void
frontend_state_path (const struct disk_facts *facts, char *path)
{
  snprintf (path, STORE_PATH_MAX, "%s/state", facts->paths.frontend);
}

enum again
disk_facts_watch (struct disk_facts *facts, struct store *store)
{
  const bool news = !facts->unwatched;
  char path[STORE_PATH_MAX];

  frontend_state_path (facts, path);
  facts->unwatched = store_watch (store, path) == -1;
  if (facts->unwatched && news)
    log_warning (facts->name, "cannot watch %s, so it is looked at every "
                 "second: %s", path, strerror (errno));
  return facts->unwatched ? AGAIN_LOOK : AGAIN_NO;
}

void
disk_facts_unwatch (const struct disk_facts *facts, struct store *store)
{
  char path[STORE_PATH_MAX];

  if (store == NULL || facts->paths.frontend[0] == '\0')
    return;
  frontend_state_path (facts, path);
  store_unwatch (store, path);
}

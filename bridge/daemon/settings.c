/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings.h"
#include "xenbus/device-rings.h"

/* One queue for each processor of the host, as far as we can serve them. */
static unsigned
processors (void)
{
  const long n = sysconf (_SC_NPROCESSORS_ONLN);

  return n < 1 ? 1 : n > DEVICE_QUEUES_MAX ? DEVICE_QUEUES_MAX : n;
}

void
settings_init (struct settings *settings)
{
  *settings = (struct settings) {
    .connect_timeout = 10,
    .reconnect_limit = 0,
    .slow_warning = 10,
    .max_queues = processors (),
    .connections = TUNE_CONNECTIONS_MAX,
  };
  tune_init (&settings->tune);
}

void
settings_free (struct settings *settings)
{
  size_t i;

  for (i = 0; i < settings->nexports; i++)
    free (settings->exports[i].uri);
  free (settings->exports);
  for (i = 0; i < settings->ndisks; i++) {
    free (settings->disks[i].pattern);
    free (settings->disks[i].uri);
  }
  free (settings->disks);
  settings_init (settings);
}

bool
settings_is_shared (const struct settings *settings, const char *uri)
{
  bool shared = false;
  size_t i;

  for (i = 0; i < settings->nexports; i++)
    if (strcmp (settings->exports[i].uri, uri) == 0)
      shared = settings->exports[i].shared; /* the last one counts */
  return shared;
}

const struct settings_disk *
settings_group (const struct settings *settings, const char *name)
{
  size_t i = settings->ndisks;

  while (i-- > 0) /* the last one counts */
    if (settings->disks[i].group &&
        strcmp (settings->disks[i].pattern, name) == 0)
      return &settings->disks[i];
  return NULL;
}

static bool
fits (const struct settings_disk *disk, const char *name, const char *uri)
{
  if (disk->group)
    return false;
  return (disk->uri && strcmp (disk->uri, uri) == 0) ||
         fnmatch (disk->pattern, name, 0) == 0 ||
         fnmatch (disk->pattern, uri, 0) == 0;
}

void
settings_tune (const struct settings *settings, const char *name,
               const char *uri, struct tune *tune)
{
  const struct settings_disk *group;
  unsigned option;
  size_t i;

  *tune = settings->tune;
  for (i = 0; i < settings->ndisks; i++) {
    const struct settings_disk *disk = &settings->disks[i];

    if (!fits (disk, name, uri))
      continue;
    for (option = 0; option < TUNE_OPTIONS; option++)
      if (disk->set & (1u << option))
        tune_copy (tune, option, &disk->tune);
  }
  group = settings_group (settings, tune->limit_group);
  for (option = 0; group && option < TUNE_OPTIONS; option++)
    if (tune_is_limit (option))
      tune_copy (tune, option, &group->tune);
}

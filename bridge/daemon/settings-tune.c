/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Which sections of the settings are about a disk.
 */

#include <config.h>

#include <fnmatch.h>
#include <string.h>

#include "settings.h"

const struct settings_disk *
settings_group (const struct settings *settings, const char *name)
{
  size_t i = settings->ndisks;

  while (i-- > 0) /* the last one holds */
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

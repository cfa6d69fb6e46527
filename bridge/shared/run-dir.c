/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "run-dir.h"

void
run_dir_lock (char *path, const char *run_dir)
{
  snprintf (path, RUN_DIR_PATH_MAX, "%s/lock", run_dir);
}

void
run_dir_control (char *path, const char *run_dir)
{
  snprintf (path, RUN_DIR_PATH_MAX, "%s/control.sock", run_dir);
}

void
run_dir_worker (char *path, const char *run_dir, const char *device)
{
  char *c;

  snprintf (path, RUN_DIR_PATH_MAX, "%s/%s.sock", run_dir, device);
  for (c = path + strnlen (run_dir, RUN_DIR_PATH_MAX - 2) + 1; *c; c++)
    if (*c == '/')
      *c = '-';
}

void
run_dir_group (char *path, const char *run_dir, const char *group)
{
  snprintf (path, RUN_DIR_PATH_MAX, "%s/group-%s", run_dir, group);
}

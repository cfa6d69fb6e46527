/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/shared/run-dir.h"
#include "group.h"

#define STATE_SIZE (TUNE_LIMITS * sizeof (uint64_t))

/* Returns NULL with errno. */
static uint64_t *
map_state (const char *run_dir, const char *name)
{
  char path[RUN_DIR_PATH_MAX];
  void *state;
  int fd, saved;

  run_dir_group (path, run_dir, name);
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd == -1)
    return NULL;
  state = ftruncate (fd, STATE_SIZE) == -1 ? MAP_FAILED
          : mmap (NULL, STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  saved = errno;
  close (fd);
  errno = saved;
  return state == MAP_FAILED ? NULL : state;
}

int
group_join (struct group *group, const char *run_dir, const char *name)
{
  if (strcmp (group->name, name) == 0)
    return 0;
  if (group->state)
    munmap (group->state, STATE_SIZE);
  *group = (struct group) { .state = NULL };
  if (name[0] == '\0')
    return 0;
  if (run_dir == NULL) {
    errno = ENOENT;
    return -1;
  }
  group->state = map_state (run_dir, name);
  if (group->state == NULL)
    return -1;
  snprintf (group->name, sizeof group->name, "%s", name);
  return 0;
}

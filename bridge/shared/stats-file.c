/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Everyone may write to /dev/shm, so a folder there is only used if it is
 * ours and nobody else can write to it.
 */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stats-file.h"

struct vbd3_stats {
  uint32_t version, pad;
  uint64_t in_flight;
  uint64_t reads_submitted, reads_completed, read_sectors, read_ticks;
  uint64_t writes_submitted, writes_completed, write_sectors, write_ticks;
  uint64_t errors;
  uint64_t flags;
};

_Static_assert (sizeof (struct vbd3_stats) == 96, "as libxenstat reads it");

struct stats_file {
  struct device_id id;
  int fd;
};

static void
folder_name (pid_t pid, char name[64])
{
  snprintf (name, 64, "/dev/shm/td3-%d", (int) pid);
}

static void
file_name (const struct device_id *id, char name[64])
{
  snprintf (name, 64, "vbd-%u-%u", id->domid, id->devid);
}

/* Returns a descriptor of the process's folder if that is ours, or -1. */
static int
open_folder (pid_t pid)
{
  char name[64];
  struct stat about;
  int fd;

  folder_name (pid, name);
  fd = open (name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd == -1)
    return -1;
  if (fstat (fd, &about) == -1 || about.st_uid != geteuid () ||
      (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    close (fd);
    errno = EPERM;
    return -1;
  }
  return fd;
}

static int
make_file (const struct device_id *id)
{
  char folder[64], name[64];
  int dir, fd, saved;

  folder_name (getpid (), folder);
  file_name (id, name);
  if (mkdir (folder, 0755) == -1 && errno != EEXIST)
    return -1;
  dir = open_folder (getpid ());
  if (dir == -1)
    return -1;
  unlinkat (dir, name, 0);
  fd = openat (dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
               0644);
  saved = errno;
  close (dir);
  errno = saved;
  return fd;
}

struct stats_file *
stats_file_open (const struct device_id *id)
{
  struct stats_file *file = malloc (sizeof *file);
  const struct stats none = { .in_flight = 0 };

  if (file == NULL)
    return NULL;
  file->id = *id;
  file->fd = make_file (id);
  if (file->fd == -1) {
    free (file);
    return NULL;
  }
  stats_file_write (file, &none);
  return file;
}

void
stats_file_write (struct stats_file *file, const struct stats *sum)
{
  const struct stats_counts *read = &sum->ops[STATS_READ];
  const struct stats_counts *write = &sum->ops[STATS_WRITE];
  struct vbd3_stats out = {
    .version = 1,
    .in_flight = sum->in_flight,
    .reads_submitted = read->taken,
    .reads_completed = read->answered,
    .read_sectors = read->sectors,
    .read_ticks = read->microseconds,
    .writes_submitted = write->taken,
    .writes_completed = write->answered,
    .write_sectors = write->sectors,
    .write_ticks = write->microseconds,
  };
  unsigned op;

  for (op = 0; op < STATS_OPS; op++)
    out.errors += sum->ops[op].errors;
  if (pwrite (file->fd, &out, sizeof out, 0) == -1)
    return; /* xentop shows old figures */
}

void
stats_file_remove (pid_t pid, const struct device_id *id)
{
  char folder[64], name[64];
  int dir = open_folder (pid);

  if (dir == -1)
    return;
  file_name (id, name);
  unlinkat (dir, name, 0);
  close (dir);
  folder_name (pid, folder);
  rmdir (folder);
}

void
stats_file_close (struct stats_file *file)
{
  if (file == NULL)
    return;
  close (file->fd);
  stats_file_remove (getpid (), &file->id);
  free (file);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../wait/stillness.h"
#include "guest.h"

const char *const guest_style_names[STYLES] = {
  "linux", "grub", "minios", "ovmf", "windows", "freebsd",
};

void
guest_problem (struct guest_disk *disk, const char *format, ...)
{
  va_list args;

  disk->problems++;
  if (disk->problems > 100)
    return;
  fprintf (stderr, "fake-guest: %u/%u: ", disk->domid, disk->devid);
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
}

uint64_t
guest_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * UINT64_C (1000000000) + now.tv_nsec;
}

/* Open xenstore as domain `domid`: each has a socket of its own. */
static struct xs_handle *
open_as (uint32_t domid)
{
  const char *base = getenv ("XENSTORED_PATH");
  struct xs_handle *xs;
  char path[108], saved[108];
  unsigned tries;

  if (base == NULL)
    return xs_open (0);
  snprintf (saved, sizeof saved, "%s", base);
  if (snprintf (path, sizeof path, domid ? "%s-%u" : "%s", saved, domid) >=
      (int) sizeof path)
    return NULL;
  setenv ("XENSTORED_PATH", path, 1);
  xs = xs_open (0);
  for (tries = 0; xs == NULL && tries < 500; tries++) {
    usleep (10000);
    xs = xs_open (0);
  }
  setenv ("XENSTORED_PATH", saved, 1);
  return xs;
}

/* A connection that is dead is opened anew; a real guest has its ring. */
static struct xs_handle *
renew (struct xs_handle *xs, uint32_t domid)
{
  char *text = xs_read (xs, XBT_NULL, "domid", NULL);

  /* Of a domain that was destroyed the node is gone, or not for us. */
  if (text == NULL && (domid == 0 || (errno != ENOENT && errno != EACCES))) {
    xs_close (xs);
    xs = open_as (domid);
  }
  free (text);
  return xs;
}

void
guest_renew (struct guest_disk *disk)
{
  if (disk->dom0)
    disk->dom0 = renew (disk->dom0, 0);
  if (disk->xs)
    disk->xs = renew (disk->xs, disk->domid);
}

int
guest_open (struct guest_disk *disk)
{
  if (disk->dom0 == NULL)
    disk->dom0 = open_as (0);
  if (disk->dom0 == NULL) {
    guest_problem (disk, "xenstore: %s", strerror (errno));
    return -1;
  }
  disk->domain = fx_domain (disk->domid);
  if (disk->domain == NULL ||
      !xs_is_domain_introduced (disk->dom0, disk->domid))
    return 0; /* create does that */
  if (disk->xs == NULL)
    disk->xs = open_as (disk->domid);
  if (disk->xs == NULL) {
    guest_problem (disk, "xenstore as domain %u: %s", disk->domid,
                   strerror (errno));
    return -1;
  }
  return 0;
}

void
guest_close (struct guest_disk *disk)
{
  unsigned i;

  for (i = 0; i < disk->nqueues; i++)
    queue_close (&disk->queues[i]);
  disk->nqueues = 0;
  disk->connected = false;
  if (disk->xs)
    xs_close (disk->xs);
  if (disk->dom0)
    xs_close (disk->dom0);
  disk->xs = disk->dom0 = NULL;
}

bool
guest_get (struct xs_handle *xs, const char *dir, const char *key,
           char *value, size_t size)
{
  char path[GUEST_PATH * 2], *text;
  unsigned length;

  value[0] = '\0';
  snprintf (path, sizeof path, "%s/%s", dir, key);
  text = xs ? xs_read (xs, XBT_NULL, path, &length) : NULL;
  if (text == NULL)
    return false;
  snprintf (value, size, "%s", text);
  free (text);
  return true;
}

int64_t
guest_number (struct xs_handle *xs, const char *dir, const char *key,
              int64_t missing)
{
  char text[64], *end;
  int64_t n;

  if (!guest_get (xs, dir, key, text, sizeof text))
    return missing;
  n = strtoll (text, &end, 10);
  return end == text || *end ? missing : n;
}

bool
guest_put (struct xs_handle *xs, xs_transaction_t t, const char *dir,
           const char *key, const char *format, ...)
{
  char path[GUEST_PATH * 2], value[4096];
  va_list args;

  va_start (args, format);
  vsnprintf (value, sizeof value, format, args);
  va_end (args);
  snprintf (path, sizeof path, "%s/%s", dir, key);
  return xs_write (xs, t, path, value, strlen (value));
}

int
guest_wait (struct guest_disk *disk, unsigned states, double timeout)
{
  struct stillness *still = stillness_new (timeout);
  bool over = false, there = false;
  int64_t state = -1;

  while (!there && !over) {
    over = stillness_over (still);
    state = guest_number (disk->dom0, disk->back, "state", 0);
    there = state >= 0 && state < 9 && (states & ST (state));
    if (!there && !over)
      usleep (1000);
  }
  stillness_free (still);
  return there ? state : -1;
}

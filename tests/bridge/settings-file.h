/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * For tests that read settings from a file: cmocka's fixture, and reading.
 */

#ifndef TESTS_BRIDGE_SETTINGS_FILE_H
#define TESTS_BRIDGE_SETTINGS_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bridge/daemon/settings-file.h"

struct fixture {
  char path[64];
  struct settings settings;
  char error[8192];
};

static int
setup (void **state)
{
  struct fixture *fixture = calloc (1, sizeof *fixture);
  int fd;

  strcpy (fixture->path, "/tmp/test-settings-XXXXXX");
  fd = mkstemp (fixture->path);
  if (fd == -1)
    return -1;
  close (fd);
  settings_init (&fixture->settings);
  *state = fixture;
  return 0;
}

static int
teardown (void **state)
{
  struct fixture *fixture = *state;

  unlink (fixture->path);
  settings_free (&fixture->settings);
  free (fixture);
  return 0;
}

/* Read a file with this text over what is set. */
static int
read_text (struct fixture *fixture, const char *text)
{
  FILE *file = fopen (fixture->path, "w");

  assert_non_null (file);
  assert_int_equal (fwrite (text, 1, strlen (text), file), strlen (text));
  fclose (file);
  fixture->error[0] = '\0';
  return settings_read (&fixture->settings, fixture->path, false,
                        FAILURE_INTO (fixture->error));
}

static void
assert_reads (struct fixture *fixture, const char *text)
{
  if (read_text (fixture, text) == -1)
    fail_msg ("%s", fixture->error);
}

#endif

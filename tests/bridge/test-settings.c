/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The daemon's settings, from files that operators write.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "settings-file.h"

#define LENGTH(array) (sizeof array / sizeof array[0])

static void
assert_defaults (const struct settings *settings)
{
  assert_true (settings->connect_timeout == 10);
  assert_true (settings->reconnect_limit == 0);
  assert_true (settings->slow_warning == 10);
  assert_false (settings->structured_replies);
  assert_in_range (settings->max_queues, 1, 8);
  assert_int_equal (settings->nexports, 0);
}

/* Files that are good. */

static void
test_empty_file_leaves_the_defaults (void **state)
{
  struct fixture *fixture = *state;

  assert_defaults (&fixture->settings);
  assert_reads (fixture, "");
  assert_reads (fixture, "\n  \n# connect-timeout = 1\n; a = b\n\t#\n");
  assert_defaults (&fixture->settings);
}

static void
test_every_setting_is_read (void **state)
{
  struct fixture *fixture = *state;
  const struct settings *settings = &fixture->settings;

  assert_reads (fixture,
                "# xen-nbdback.conf\n"
                "connect-timeout = 2.5\n"
                "reconnect-limit=3600\n"
                "  slow-warning\t=   30  \n"
                "structured-replies = yes\r\n"
                "max-queues = 3\n"
                "connections = 2\n"
                "\n"
                "[export nbd://host/golden]\n"
                "shared = yes\n"
                "[ export   nbd:unix:/sock:exportname=x ]\n"
                "shared = no"); /* and no end of line */
  assert_true (settings->connect_timeout == 2.5);
  assert_true (settings->reconnect_limit == 3600);
  assert_true (settings->slow_warning == 30);
  assert_true (settings->structured_replies);
  assert_int_equal (settings->max_queues, 3);
  assert_int_equal (settings->connections, 2);
  assert_int_equal (settings->nexports, 2);
  assert_true (settings_is_shared (settings, "nbd://host/golden"));
  assert_false (settings_is_shared (settings, "nbd+unix:///x?socket=/sock"));
}

static void
test_last_of_a_setting_counts (void **state)
{
  struct fixture *fixture = *state;

  assert_reads (fixture, "slow-warning = 1\nslow-warning = 2\n");
  assert_true (fixture->settings.slow_warning == 2);
  assert_reads (fixture, "connect-timeout = 3\n");
  assert_true (fixture->settings.connect_timeout == 3);
  assert_true (fixture->settings.slow_warning == 2);
}

static void
test_bounds_of_numbers (void **state)
{
  struct fixture *fixture = *state;

  assert_reads (fixture, "connect-timeout = 0.1\nslow-warning = 0.1\n"
                "reconnect-limit = 0\n");
  assert_reads (fixture, "connect-timeout = 31536000\n"
                "slow-warning = 31536000\nreconnect-limit = 31536000\n");
  assert_true (fixture->settings.reconnect_limit == 31536000);
}

static void
test_freed_settings_are_the_defaults (void **state)
{
  struct fixture *fixture = *state;

  assert_reads (fixture, "connect-timeout = 1\n[export nbd:h]\nshared = yes");
  settings_free (&fixture->settings);
  assert_defaults (&fixture->settings);
  assert_false (settings_is_shared (&fixture->settings, "nbd://h/"));
}

/* Exports. */

/* The operator may spell a target in another way than the disk does. */
static void
test_exports_are_compared_in_their_canonical_form (void **state)
{
  static const char *const spellings[] = {
    "nbd://host/disk", "nbd:host:10809:exportname=disk", "NBD://HOST/disk",
    "aio:nbd://host:10809/disk", "raw:nbd:host:exportname=disk",
    "nbd://host/%64isk",
  };
  struct fixture *fixture = *state;

  for (size_t i = 0; i < LENGTH (spellings); i++) {
    char text[256];

    settings_free (&fixture->settings);
    snprintf (text, sizeof text, "[export %s]\nshared = yes\n", spellings[i]);
    assert_reads (fixture, text);
    assert_true (settings_is_shared (&fixture->settings, "nbd://host/disk"));
    assert_false (settings_is_shared (&fixture->settings, "nbd://host/Disk"));
    assert_false (settings_is_shared (&fixture->settings, "nbd://host/"));
  }
}

static void
test_exports_are_not_shared_unless_said (void **state)
{
  struct fixture *fixture = *state;

  assert_false (settings_is_shared (&fixture->settings, "nbd://h/"));
  assert_reads (fixture, "[export nbd://h]\n");
  assert_false (settings_is_shared (&fixture->settings, "nbd://h/"));
}

static void
test_target_may_have_brackets (void **state)
{
  struct fixture *fixture = *state;

  assert_reads (fixture, "[export nbd://[::1]/x]\nshared = yes\n"
                "[export nbd:[fe80::1]]\nshared = yes\n");
  assert_true (settings_is_shared (&fixture->settings, "nbd://[::1]/x"));
  assert_true (settings_is_shared (&fixture->settings, "nbd://[fe80::1]/"));
}

static void
test_number_of_exports_is_limited (void **state)
{
  struct fixture *fixture = *state;
  const size_t size = 64 * (SETTINGS_EXPORTS_MAX + 1);
  char *text = calloc (1, size), *end = text, line[32];

  for (unsigned i = 0; i < SETTINGS_EXPORTS_MAX; i++)
    end += sprintf (end, "[export nbd://h/%u]\n", i);
  assert_reads (fixture, text);
  assert_int_equal (fixture->settings.nexports, SETTINGS_EXPORTS_MAX);
  settings_free (&fixture->settings);
  strcpy (end, "[export nbd://h/x]\n");
  assert_int_equal (read_text (fixture, text), -1);
  snprintf (line, sizeof line, ":%u: ", SETTINGS_EXPORTS_MAX + 1);
  assert_non_null (strstr (fixture->error, line));
  assert_non_null (strstr (fixture->error, "1024"));
  free (text);
}

/* Lines. */

static void
test_lines_may_be_long (void **state)
{
  struct fixture *fixture = *state;
  static char name[3001], text[100000], uri[4096];

  memset (name, 'n', sizeof name - 1);
  snprintf (text, sizeof text, "[export nbd://h/%s]\nshared = yes\n", name);
  snprintf (uri, sizeof uri, "nbd://h/%s", name);
  assert_reads (fixture, text);
  assert_true (settings_is_shared (&fixture->settings, uri));

  settings_free (&fixture->settings);
  memset (text, '#', sizeof text - 1);
  strcpy (text + sizeof text - 22, "\nslow-warning = 00077");
  assert_reads (fixture, text);
  assert_true (fixture->settings.slow_warning == 77);

  memset (text, ' ', sizeof text - 22);
  memcpy (text, "connect-timeout =", 17);
  text[50000] = '5';
  assert_reads (fixture, text);
  assert_true (fixture->settings.connect_timeout == 5);
}

/* Errors: where, and what is said. */
static const struct { const char *text; unsigned line; const char *says; }
bad[] = {
  { "connect-timeout\n", 1, "KEY = VALUE" },
  { "\n\nfoo bar\n", 3, "KEY = VALUE" },
  { "timeout = 1\n", 1, "connect-timeout, connections" },
  { "connections = 0\n", 1, "connections = 0: it must be a number from 1 to 4" },
  { "connections = 5\n", 1, "from 1 to 4" },
  { "max-queues = 0\n", 1, "max-queues = 0: it must be a number from 1 to 8" },
  { "max-queues = 9\n", 1, "from 1 to 8" },
  { "max-queues = 2.5\n", 1, "from 1 to 8" },
  { "max-queues = -1\n", 1, "from 1 to 8" },
  { "max-queues =\n", 1, "from 1 to 8" },
  { "# c\nConnect-Timeout = 1\n", 2, "no such setting" },
  { "= 1\n", 1, "no such setting" },
  { "shared = yes\n", 1, "no such setting" },
  { "slow-warning = 1\nconnect-timeout =\n", 2, "from 0.1 to" },
  { "connect-timeout = 0\n", 1, "from 0.1 to" },
  { "connect-timeout = 0.09\n", 1, "from 0.1 to" },
  { "slow-warning = 0\n", 1, "from 0.1 to" },
  { "reconnect-limit = -1\n", 1, "from 0 to" },
  { "reconnect-limit = +1\n", 1, "number of seconds" },
  { "reconnect-limit = 31536001\n", 1, "number of seconds" },
  { "reconnect-limit = 1e400\n", 1, "number of seconds" },
  { "reconnect-limit = 10s\n", 1, "number of seconds" },
  { "reconnect-limit = 1 0\n", 1, "number of seconds" },
  { "reconnect-limit = nan\n", 1, "number of seconds" },
  { "reconnect-limit = inf\n", 1, "number of seconds" },
  { "reconnect-limit = 1,5\n", 1, "number of seconds" },
  { "reconnect-limit = \"1\"\n", 1, "number of seconds" },
  { "structured-replies = true\n", 1, "yes or no" },
  { "structured-replies = Yes\n", 1, "yes or no" },
  { "structured-replies =\n", 1, "yes or no" },
  { "[export nbd://h\n", 1, "ends with ]" },
  { "[\n", 1, "ends with ]" },
  { "[]\n", 1, "[export TARGET]" },
  { "[export]\n", 1, "[export TARGET]" },
  { "[export ]\n", 1, "[export TARGET]" },
  { "[disc nbd://h]\n", 1, "[disk PATTERN]" },
  { "[disk]\n", 1, "[disk PATTERN]" },
  { "\n[export /dev/sda]\n", 2, "/dev/sda" },
  { "[export nbd://h:99999/]\n", 1, "99999" },
  { "[export nbd://h]\nshared = 1\n", 2, "yes or no" },
  { "[export nbd://h]\nslow-warning = 1\n", 2, "there is shared" },
  { "[export nbd://h]\nshared = yes\n\nshared yes\n", 4, "KEY = VALUE" },
};

static void
test_errors_name_file_and_line (void **state)
{
  struct fixture *fixture = *state;

  for (size_t i = 0; i < LENGTH (bad); i++) {
    char start[128];

    settings_free (&fixture->settings);
    if (read_text (fixture, bad[i].text) == 0)
      fail_msg ("accepted: %s", bad[i].text);
    snprintf (start, sizeof start, "%s:%u: ", fixture->path, bad[i].line);
    if (strncmp (fixture->error, start, strlen (start)) != 0 ||
        strstr (fixture->error, bad[i].says) == NULL)
      fail_msg ("%sgives: %s", bad[i].text, fixture->error);
  }
}

static void
test_error_fits_its_memory (void **state)
{
  struct fixture *fixture = *state;

  assert_int_equal (read_text (fixture, "nonsense\n"), -1);
  for (size_t size = 1; size < 100; size++) {
    char *error = malloc (size);
    struct failure failure = { .text = error, .size = size };

    memset (error, 'x', size);
    assert_int_equal (settings_read (&fixture->settings, fixture->path, false,
                                     &failure), -1);
    assert_non_null (memchr (error, '\0', size));
    assert_int_equal (settings_read (&fixture->settings, "/nonexistent/file",
                                     false, &failure), -1);
    assert_non_null (memchr (error, '\0', size));
    free (error);
  }
}

/* Files that cannot be read. */

static void
test_missing_file_is_fine_if_optional (void **state)
{
  struct fixture *fixture = *state;

  unlink (fixture->path);
  assert_int_equal (settings_read (&fixture->settings, fixture->path, true,
                                   FAILURE_INTO (fixture->error)), 0);
  assert_defaults (&fixture->settings);
  assert_int_equal (settings_read (&fixture->settings, fixture->path, false,
                                   FAILURE_INTO (fixture->error)), -1);
  assert_non_null (strstr (fixture->error, fixture->path));
}

static void
test_unreadable_file_is_an_error_even_if_optional (void **state)
{
  static const char *const paths[] = {
    "/dev/null/file", /* fails to open */
    "/tmp",           /* fails to read */
  };
  struct fixture *fixture = *state;

  for (size_t i = 0; i < LENGTH (paths); i++) {
    fixture->error[0] = '\0';
    if (settings_read (&fixture->settings, paths[i], true,
                       FAILURE_INTO (fixture->error)) == 0)
      fail_msg ("%s was read", paths[i]);
    assert_non_null (strstr (fixture->error, paths[i]));
  }
}

#define TEST(f) cmocka_unit_test_setup_teardown (f, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (test_empty_file_leaves_the_defaults),
    TEST (test_every_setting_is_read),
    TEST (test_last_of_a_setting_counts),
    TEST (test_bounds_of_numbers),
    TEST (test_freed_settings_are_the_defaults),
    TEST (test_exports_are_compared_in_their_canonical_form),
    TEST (test_exports_are_not_shared_unless_said),
    TEST (test_target_may_have_brackets),
    TEST (test_number_of_exports_is_limited),
    TEST (test_lines_may_be_long),
    TEST (test_errors_name_file_and_line),
    TEST (test_error_fits_its_memory),
    TEST (test_missing_file_is_fine_if_optional),
    TEST (test_unreadable_file_is_an_error_even_if_optional),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

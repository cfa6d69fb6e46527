/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What can be set for a disk: as text, and in the settings.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "settings-file.h"

#define LENGTH(array) (sizeof array / sizeof array[0])

/* Options. */

static void
test_defaults_can_be_written_and_read (void **state)
{
  char text[TUNE_TEXT_MAX], error[TUNE_ERROR_MAX];
  struct tune tune, other;

  (void) state;
  tune_init (&tune);
  memset (&other, 0, sizeof other);
  for (unsigned i = 0; i < TUNE_OPTIONS; i++) {
    assert_int_equal (tune_find (tune_name (i)), i);
    tune_get (&tune, i, text);
    assert_int_equal (tune_set (&other, i, text, FAILURE_INTO (error)), 0);
  }
  assert_memory_equal (&tune, &other, sizeof tune);
  memset (&other, 0, sizeof other);
  for (unsigned i = 0; i < TUNE_OPTIONS; i++)
    tune_copy (&other, i, &tune);
  assert_memory_equal (&tune, &other, sizeof tune);
}

static void
test_names (void **state)
{
  static const char *const wrong[] = {
    "", "sector", "sector-size-", "Sector-size", "sector size", "sectorsize",
  };

  (void) state;
  assert_int_equal (tune_find ("sector_size"), TUNE_SECTOR_SIZE);
  for (size_t i = 0; i < LENGTH (wrong); i++)
    assert_int_equal (tune_find (wrong[i]), TUNE_OPTIONS);
}

static const struct { const char *name, *value, *says; } bad[] = {
  { "sector-size", "1024", "sector-size = 1024: it must be 512 or 4096" },
  { "sector-size", "", "it must be" },
  { "sector-size", "0512", "it must be" },
  { "sector-size", "512 ", "it must be" },
  { "write-cache", "yes", "write-cache = yes: it must be on or off" },
  { "detect-zeroes", "offunmap", "it must be off, on or unmap" },
  { "detect-zeroes", "", "it must be off, on or unmap" },
  { "limit-group", "", "it must be none or up to 31" },
  { "limit-group", "../x", "it must be none or up to 31" },
  { "limit-group", "a b", "it must be none or up to 31" },
  { "limit-group", "abcdefghijklmnopqrstuvwxyzabcdef", "up to 31" },
  { "limit-ops", "0", "limit-ops = 0: it must be off, or RATE" },
  { "limit-ops", "", "it must be off" },
  { "limit-ops", "-1", "it must be off" },
  { "limit-ops", "1K", "it must be off" },
  { "limit-ops", "10/", "it must be off" },
  { "limit-ops", "10/0", "it must be off" },
  { "limit-ops", "10/5/1", "it must be off" },
  { "limit-ops", "1000000000001", "it must be off" },
  { "limit-ops", "99999999999999999999999999", "it must be off" },
  { "limit-ops", "off/5", "it must be off" },
  { "limit-bytes", "4095", "RATE at least 4096" },
  { "limit-bytes", "1000G", "RATE at least 4096" },
  { "limit-bytes", "999999999999G", "RATE at least 4096" },
  { "limit-bytes", "1MB", "RATE at least 4096" },
  { "limit-write-bytes", "10M/10X", "RATE at least 4096" },
  { "on-read-error", "Report", "it must be report, ignore, stop or enospc" },
  { "on_write_error", "retry",
    "on-write-error = retry: it must be report, ignore, stop or enospc" },
};

static void
test_wrong_values_change_nothing (void **state)
{
  char error[TUNE_ERROR_MAX], text[300];
  struct tune tune, before;

  (void) state;
  tune_init (&tune);
  before = tune;
  for (size_t i = 0; i < LENGTH (bad); i++) {
    assert_int_equal (tune_set (&tune, tune_find (bad[i].name), bad[i].value,
                                FAILURE_INTO (error)), -1);
    if (strstr (error, bad[i].says) == NULL)
      fail_msg ("%s", error);
  }
  memset (text, '1', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  for (unsigned i = 0; i < TUNE_OPTIONS; i++)
    assert_int_equal (tune_set (&tune, i, text, FAILURE_INTO (error)), -1);
  assert_memory_equal (&tune, &before, sizeof tune);
}

/* Settings. */

static uint32_t
sector_size_of (struct fixture *fixture, const char *name, const char *uri)
{
  struct tune tune;

  settings_tune (&fixture->settings, name, uri, &tune);
  return tune.sector_size;
}

static void
test_disks_are_found_by_name_and_target (void **state)
{
  struct fixture *fixture = *state;

  assert_int_equal (sector_size_of (fixture, "vbd/1/51712", "nbd://h/"), 512);
  assert_reads (fixture, "sector_size = 4096\n"
                "[disk vbd/1/*]\nsector-size = 512\n"
                "[disk nbd:unix:/a.sock]\n"
                "[disk nbd://[[]fd00::1]/x?]\nsector-size = 512\n"
                "[disk nbd://[fd00::2]/y]\nsector-size = 512\n"
                "[disk *big*]\nsector-size = 4096\n");
  assert_int_equal (fixture->settings.ndisks, 5);
  assert_int_equal (sector_size_of (fixture, "vbd/2/51712", ""), 4096);
  assert_int_equal (sector_size_of (fixture, "vbd/1/51712", ""), 512);
  assert_int_equal (sector_size_of (fixture, "vbd/11/51712", ""), 4096);
  assert_int_equal (sector_size_of (fixture, "vbd/1/51712", "nbd://big/"),
                    4096);
  assert_int_equal (sector_size_of (fixture, "vbd/2/1", "nbd://[fd00::1]/x1"),
                    512);
  assert_int_equal (sector_size_of (fixture, "vbd/2/1", "nbd://[fd00::2]/y"),
                    512);
  assert_int_equal (sector_size_of (fixture, "vbd/2/1",
                                    "nbd+unix:///?socket=/a.sock"), 4096);
}

static void
test_groups_have_their_own_limits (void **state)
{
  struct fixture *fixture = *state;
  struct tune tune;

  assert_reads (fixture, "limit-ops = 10\n"
                "[disk vbd/2/*]\nlimit-group = fast\nlimit-ops = 20\n"
                "[group fast]\nlimit-bytes = 10M/1G\n"
                "[group fast]\nlimit-bytes = 8K/1M\n");
  settings_tune (&fixture->settings, "vbd/1/1", "nbd://h/", &tune);
  assert_int_equal (tune.limits[TUNE_OPS].rate, 10);
  assert_string_equal (tune.limit_group, "");
  settings_tune (&fixture->settings, "vbd/2/1", "nbd://h/", &tune);
  assert_int_equal (tune.limits[TUNE_OPS].rate, 0);
  assert_int_equal (tune.limits[TUNE_BYTES].rate, 8192);
  assert_int_equal (tune.limits[TUNE_BYTES].burst, 1 << 20);
  assert_string_equal (tune.limit_group, "fast");
  settings_tune (&fixture->settings, "fast", "fast", &tune);
  assert_int_equal (tune.limits[TUNE_OPS].rate, 10);
}

static const struct { const char *text, *says; } bad_text[] = {
  { "limit-group = x\n[group y]\n", "no section [group x]" },
  { "[disk *]\nlimit-group = x\n[disk x]\n", "no section [group x]" },
  { "[group]\n", "[group NAME]" },
  { "[group none]\n", "is not none" },
  { "[group a/b]\n", "a name has up to 31 letters" },
  { "[group x]\nsector-size = 512\n", "for a group; there are the limits" },
  { "[group x]\nlimit-group = x\n", "for a group; there are the limits" },
  { "sector-size = 1024\n", ":1: sector-size = 1024: it must be 512 or 4096" },
  { "[disk *]\nsector-size = 512 \nsector-size = 0512\n", ":3: sector-size" },
  { "[disk *]\nconnect-timeout = 1\n", "for a disk; there are sector-size" },
  { "[export nbd://h]\nsector-size = 512\n", "there is shared" },
};

static void
test_wrong_settings_are_named (void **state)
{
  struct fixture *fixture = *state;

  for (size_t i = 0; i < LENGTH (bad_text); i++) {
    settings_free (&fixture->settings);
    assert_int_equal (read_text (fixture, bad_text[i].text), -1);
    if (strstr (fixture->error, bad_text[i].says) == NULL)
      fail_msg ("%s", fixture->error);
  }
}

#define TEST(f) cmocka_unit_test_setup_teardown (f, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_defaults_can_be_written_and_read),
    cmocka_unit_test (test_names),
    cmocka_unit_test (test_wrong_values_change_nothing),
    TEST (test_disks_are_found_by_name_and_target),
    TEST (test_groups_have_their_own_limits),
    TEST (test_wrong_settings_are_named),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

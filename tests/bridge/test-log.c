/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Lines for the operator, and how many of them others can cause.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bridge/shared/log.h"

#define NOW 1700000000.0 /* an ev_now () of these days */

/* The quota. */

static bool
pass (struct log_quota *quota, double now)
{
  uint64_t suppressed;

  return log_quota_pass (quota, now, &suppressed);
}

/* Use up what passes at once; no line may be written before the interval is
 * over then.
 */
static void
exhaust (struct log_quota *quota, double now)
{
  for (unsigned i = 0; i < LOG_QUOTA_BURST; i++)
    assert_true (pass (quota, now));
  assert_false (pass (quota, now));
}

static void
test_a_few_lines_pass_at_once (void **state)
{
  static const double starts[] = { 0, 0.001, 1, NOW };

  (void) state;
  for (unsigned i = 0; i < 4; i++) {
    struct log_quota quota = { 0 };

    exhaust (&quota, starts[i]);
  }
}

static void
test_then_one_in_an_interval (void **state)
{
  struct log_quota quota = { 0 };

  (void) state;
  exhaust (&quota, NOW);
  for (unsigned i = 1; i < 100; i++) {
    assert_false (pass (&quota, NOW + i * LOG_QUOTA_INTERVAL - 0.001));
    assert_true (pass (&quota, NOW + i * LOG_QUOTA_INTERVAL));
    assert_false (pass (&quota, NOW + i * LOG_QUOTA_INTERVAL));
  }
}

static void
test_a_few_pass_again_after_quiet (void **state)
{
  struct log_quota quota = { 0 };

  (void) state;
  exhaust (&quota, NOW);
  exhaust (&quota, NOW + 3 * LOG_QUOTA_INTERVAL);
}

static void
test_suppressed_lines_are_counted (void **state)
{
  struct log_quota quota = { 0 };
  uint64_t suppressed = 99;

  (void) state;
  assert_true (log_quota_pass (&quota, NOW, &suppressed));
  assert_int_equal (suppressed, 0);
  for (unsigned i = 0; i < LOG_QUOTA_BURST - 1 + 1000; i++)
    pass (&quota, NOW);
  assert_true (log_quota_pass (&quota, NOW + LOG_QUOTA_INTERVAL,
                               &suppressed));
  assert_int_equal (suppressed, 1000);
  /* And only once. */
  assert_true (log_quota_pass (&quota, NOW + 2 * LOG_QUOTA_INTERVAL,
                               &suppressed));
  assert_int_equal (suppressed, 0);
}

static void
test_a_flood_stays_bounded (void **state)
{
  const unsigned seconds = 1000, rate = 100;
  struct log_quota quota = { 0 };
  uint64_t written = 0, reported = 0;

  (void) state;
  for (unsigned i = 0; i < seconds * rate; i++) {
    uint64_t suppressed;

    if (log_quota_pass (&quota, NOW + i / (double) rate, &suppressed)) {
      written++;
      reported += suppressed;
    }
  }
  assert_in_range (written, seconds / LOG_QUOTA_INTERVAL - 1,
                   seconds / LOG_QUOTA_INTERVAL + LOG_QUOTA_BURST);
  assert_int_equal (written + reported + quota.suppressed, seconds * rate);
}

/* A guest that waits for the right moments: at no time more than a few. */
static void
test_no_rhythm_gets_around_it (void **state)
{
  (void) state;
  srand (1);
  for (double pause = 0.5; pause < 4 * LOG_QUOTA_INTERVAL; pause += 0.5) {
    struct log_quota quota = { 0 };
    const unsigned rounds = 200;
    unsigned written = 0;

    for (unsigned i = 0; i < rounds; i++)
      for (unsigned n = 0; n < 20; n++)
        written += pass (&quota, NOW + i * pause);
    assert_true (written <= LOG_QUOTA_BURST * (1 + rounds * pause /
                                               LOG_QUOTA_INTERVAL));
  }
}

/* Lines. */

/* What is on standard error after a call of log_line; in `text`. */
#define CAPTURE(text, call) \
  do { \
    int pipes[2], saved = dup (STDERR_FILENO); \
    ssize_t got; \
    \
    assert_int_equal (pipe (pipes), 0); \
    dup2 (pipes[1], STDERR_FILENO); \
    close (pipes[1]); \
    call; \
    dup2 (saved, STDERR_FILENO); \
    close (saved); \
    got = read (pipes[0], text, sizeof text - 1); \
    text[got > 0 ? got : 0] = '\0'; \
    close (pipes[0]); \
  } while (0)

static void
test_line_names_program_and_subject (void **state)
{
  char text[4096];

  (void) state;
  log_open ("prog", LOG_LEVEL_INFO, false);
  CAPTURE (text, log_info ("vbd/3/51712", "a %s", "b"));
  assert_string_equal (text, "prog: vbd/3/51712: a b\n");
  CAPTURE (text, log_info (NULL, "a"));
  assert_string_equal (text, "prog: a\n");
  CAPTURE (text, log_error ("x", "a"));
  assert_string_equal (text, "prog: x: error: a\n");
  CAPTURE (text, log_warning ("x", "a"));
  assert_string_equal (text, "prog: x: warning: a\n");
}

static void
test_level_decides_what_is_written (void **state)
{
  char text[4096];

  (void) state;
  log_open ("prog", LOG_LEVEL_WARNING, false);
  CAPTURE (text, log_info (NULL, "a"));
  assert_string_equal (text, "");
  CAPTURE (text, log_warning (NULL, "a"));
  assert_string_equal (text, "prog: warning: a\n");
  log_open ("prog", LOG_LEVEL_DEBUG, false);
  CAPTURE (text, log_debug (NULL, "a"));
  assert_string_equal (text, "prog: a\n");
}

/* Nothing that a guest or a server says makes a second line or a colour. */
static void
test_control_characters_become_question_marks (void **state)
{
  char text[4096];

  (void) state;
  log_open ("prog", LOG_LEVEL_INFO, false);
  CAPTURE (text, log_info ("s\n", "%s", "a\nb\rc\x1b[31m\x7f\td\xc3\xa4"));
  assert_string_equal (text, "prog: s?: a?b?c?[31m??d\xc3\xa4\n");
}

static void
test_long_line_is_cut (void **state)
{
  static char longest[10000];
  char text[4096];

  (void) state;
  memset (longest, 'x', sizeof longest - 1);
  log_open ("prog", LOG_LEVEL_INFO, false);
  CAPTURE (text, log_info ("subject", "%s", longest));
  assert_true (strlen (text) > 1000);
  assert_int_equal (text[strlen (text) - 1], '\n');
  assert_int_equal (text[strlen (text) - 2], 'x');
}

static void
test_journal_gets_levels (void **state)
{
  char text[4096];

  (void) state;
  setenv ("JOURNAL_STREAM", "8:1", 1);
  log_open ("prog", LOG_LEVEL_DEBUG, false);
  unsetenv ("JOURNAL_STREAM");
  CAPTURE (text, log_error (NULL, "a"));
  assert_string_equal (text, "<3>error: a\n");
  CAPTURE (text, log_debug ("x", "a"));
  assert_string_equal (text, "<7>x: a\n");
}

static void
test_errno_is_kept (void **state)
{
  char text[4096];
  int after;

  (void) state;
  log_open ("prog", LOG_LEVEL_INFO, false);
  errno = EXDEV;
  log_debug (NULL, "a");
  assert_int_equal (errno, EXDEV);
  CAPTURE (text, errno = EXDEV; log_info (NULL, "a"); after = errno);
  assert_int_equal (after, EXDEV);
}

static void
test_levels_have_names (void **state)
{
  enum log_level level;

  (void) state;
  for (unsigned i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++) {
    assert_int_equal (log_level_parse (log_level_name (i), &level), 0);
    assert_int_equal (level, i);
  }
  assert_int_equal (log_level_parse ("", &level), -1);
  assert_int_equal (log_level_parse ("Error", &level), -1);
  assert_int_equal (log_level_parse ("errors", &level), -1);
  assert_int_equal (log_level_parse ("3", &level), -1);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_a_few_lines_pass_at_once),
    cmocka_unit_test (test_then_one_in_an_interval),
    cmocka_unit_test (test_a_few_pass_again_after_quiet),
    cmocka_unit_test (test_suppressed_lines_are_counted),
    cmocka_unit_test (test_a_flood_stays_bounded),
    cmocka_unit_test (test_no_rhythm_gets_around_it),
    cmocka_unit_test (test_line_names_program_and_subject),
    cmocka_unit_test (test_level_decides_what_is_written),
    cmocka_unit_test (test_control_characters_become_question_marks),
    cmocka_unit_test (test_long_line_is_cut),
    cmocka_unit_test (test_journal_gets_levels),
    cmocka_unit_test (test_errno_is_kept),
    cmocka_unit_test (test_levels_have_names),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

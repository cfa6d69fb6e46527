/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

#define LINE_MAX_BYTES 2048

static struct {
  const char *program;
  enum log_level level;
  bool to_syslog;
  bool to_journal; /* standard error is the journal's */
} sink = { "xen-nbdback", LOG_LEVEL_INFO, false, false };

static const struct {
  const char *name;
  int priority;
} levels[] = {
  [LOG_LEVEL_ERROR]   = { "error",   LOG_ERR },
  [LOG_LEVEL_WARNING] = { "warning", LOG_WARNING },
  [LOG_LEVEL_INFO]    = { "info",    LOG_INFO },
  [LOG_LEVEL_DEBUG]   = { "debug",   LOG_DEBUG },
};

void
log_open (const char *program, enum log_level level, bool to_syslog)
{
  sink.program = program;
  sink.level = level;
  sink.to_syslog = to_syslog;
  sink.to_journal = getenv ("JOURNAL_STREAM") != NULL;
  if (to_syslog)
    openlog (program, LOG_PID, LOG_DAEMON);
}

void
log_set_level (enum log_level level)
{
  __atomic_store_n (&sink.level, level, __ATOMIC_RELAXED);
}

int
log_level_parse (const char *text, enum log_level *level)
{
  unsigned i;

  for (i = 0; i < sizeof levels / sizeof levels[0]; i++) {
    if (strcmp (text, levels[i].name) == 0) {
      *level = i;
      return 0;
    }
  }
  return -1;
}

const char *
log_level_name (enum log_level level)
{
  return levels[level].name;
}

static void
clean (char *line)
{
  for (; *line; line++)
    if ((unsigned char) *line < ' ' || *line == 0x7f)
      *line = '?';
}

/* One write a line, so that those of several processes stay whole. */
static void
write_line (int priority, const char *text)
{
  char line[LINE_MAX_BYTES + 64];
  int n;

  if (sink.to_journal)
    n = snprintf (line, sizeof line, "<%d>%s\n", priority, text);
  else
    n = snprintf (line, sizeof line, "%s: %s\n", sink.program, text);
  if (n > 0 && write (STDERR_FILENO, line, n) == -1)
    return; /* nowhere left to say so */
}

void
log_line (enum log_level level, const char *subject, const char *format, ...)
{
  const int saved = errno;
  char text[LINE_MAX_BYTES];
  va_list args;
  int n = 0;

  if (level > __atomic_load_n (&sink.level, __ATOMIC_RELAXED))
    return;
  if (subject)
    n = snprintf (text, sizeof text, "%.100s: ", subject);
  if (level == LOG_LEVEL_ERROR || level == LOG_LEVEL_WARNING)
    n += snprintf (text + n, sizeof text - n, "%s: ", levels[level].name);
  va_start (args, format);
  vsnprintf (text + n, sizeof text - n, format, args);
  va_end (args);
  clean (text);
  if (sink.to_syslog)
    syslog (levels[level].priority, "%s", text);
  else
    write_line (levels[level].priority, text);
  errno = saved;
}

bool
log_quota_pass (struct log_quota *quota, double now, uint64_t *suppressed)
{
  if (now >= quota->next + LOG_QUOTA_INTERVAL || /* it was quiet, or the */
      now < quota->next - LOG_QUOTA_INTERVAL)    /* clock was set back */
    quota->burst = 0;
  if (quota->burst >= LOG_QUOTA_BURST && now < quota->next) {
    quota->suppressed++;
    return false;
  }
  if (quota->burst < LOG_QUOTA_BURST)
    quota->burst++;
  quota->next = now + LOG_QUOTA_INTERVAL;
  *suppressed = quota->suppressed;
  quota->suppressed = 0;
  return true;
}

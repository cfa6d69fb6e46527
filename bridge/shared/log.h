/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the programs tell the operator: lines on standard error, with
 * systemd's level prefixes if the journal is there, or syslog.
 */

#ifndef BRIDGE_SHARED_LOG_H
#define BRIDGE_SHARED_LOG_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_QUOTA_BURST     5u  /* lines at once that a guest may cause */
#define LOG_QUOTA_INTERVAL 10.0 /* seconds, for one more after these */

enum log_level {
  LOG_LEVEL_ERROR,
  LOG_LEVEL_WARNING,
  LOG_LEVEL_INFO,
  LOG_LEVEL_DEBUG,
};

/* Where lines go, from now on: `program` (kept, not copied) heads them. */
extern void log_open (const char *program, enum log_level level,
                      bool to_syslog);

/* Lines of this level and above are written, from now on. */
extern void log_set_level (enum log_level level);

/* "error", "warning", "info" or "debug".  Returns 0 or -1. */
extern int log_level_parse (const char *text, enum log_level *level);
extern const char *log_level_name (enum log_level level);

/* Write one line about `subject` (a device as "vbd/3/51712"; NULL: about the
 * program).  Control characters in it become '?'.  Keeps errno.
 */
extern void log_line (enum log_level level, const char *subject,
                      const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

#define log_error(subject, ...) \
  log_line (LOG_LEVEL_ERROR, subject, __VA_ARGS__)
#define log_warning(subject, ...) \
  log_line (LOG_LEVEL_WARNING, subject, __VA_ARGS__)
#define log_info(subject, ...) \
  log_line (LOG_LEVEL_INFO, subject, __VA_ARGS__)
#define log_debug(subject, ...) \
  log_line (LOG_LEVEL_DEBUG, subject, __VA_ARGS__)

/* A quota of lines that a guest or a server can cause (XSA-180): a few at
 * once, then one in LOG_QUOTA_INTERVAL.  Zeroed memory is a fresh one.
 */
struct log_quota {
  double next;         /* when the next line may be written */
  unsigned burst;      /* lines written at once so far */
  uint64_t suppressed; /* lines that were not, since the last that was */
};

/* May a line be written at time `now` (seconds)?  If so, *suppressed is set to
 * the number of lines that were not since the last one.
 */
extern bool log_quota_pass (struct log_quota *quota, double now,
                            uint64_t *suppressed);

#endif

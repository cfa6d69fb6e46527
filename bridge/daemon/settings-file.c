/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * An INI file.  Libraries for these cut lines and section names at lengths
 * that an NBD URI easily has, so the few lines it takes are here.
 */

#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings-file.h"
#include "nbd-client/target.h"
#include "xenbus/device-rings.h"
#include "xenbus/number.h"

#define SECONDS_MAX 31536000.0 /* a year */
#define COMPLAINT_MAX 8192u     /* bytes of a sentence; it may quote a line */

struct reader {
  struct settings *settings;
  const char *path;
  unsigned line;
  struct settings_export *export; /* whose section this is, or NULL */
  struct settings_disk *disk;     /* the same */
  struct failure *failure;
};

static int complain (struct reader *reader, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

static int
complain (struct reader *reader, const char *format, ...)
{
  char text[COMPLAINT_MAX];
  va_list args;

  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  return failure_set (reader->failure, "%s:%u: %s", reader->path,
                      reader->line, text);
}

static int
read_seconds (struct reader *reader, const char *key, const char *value,
              double min, double *to)
{
  char *end;
  double seconds;

  errno = 0;
  seconds = strtod (value, &end);
  if (errno || end == value || *end ||
      value[strspn (value, "0123456789.")] != '\0' ||
      !(seconds >= min && seconds <= SECONDS_MAX))
    return complain (reader, "%s = %s: it must be a number of seconds from "
                     "%g to %g", key, value, min, SECONDS_MAX);
  *to = seconds;
  return 0;
}

static int
read_poll (struct reader *reader, const char *value)
{
  if (strcmp (value, "0") == 0) {
    reader->settings->resize_poll = 0;
    return 0;
  }
  return read_seconds (reader, "resize-poll", value, 1,
                       &reader->settings->resize_poll);
}

static int
read_count (struct reader *reader, const char *key, const char *value,
            unsigned min, unsigned max, unsigned *to)
{
  uint64_t count;

  if (number_parse (value, max, &count) == -1 || count < min)
    return complain (reader, "%s = %s: it must be a number from %u to %u",
                     key, value, min, max);
  *to = count;
  return 0;
}

static int
read_yes_no (struct reader *reader, const char *key, const char *value,
             bool *to)
{
  if (strcmp (value, "yes") != 0 && strcmp (value, "no") != 0)
    return complain (reader, "%s = %s: it must be yes or no", key, value);
  *to = strcmp (value, "yes") == 0;
  return 0;
}

/* An option of disks: for all of them, or for those of the section. */
static int
read_option (struct reader *reader, enum tune_option option, const char *value)
{
  struct settings_disk *disk = reader->disk;
  char error[TUNE_ERROR_MAX];

  if (tune_set (disk ? &disk->tune : &reader->settings->tune, option, value,
                FAILURE_INTO (error)) == -1)
    return complain (reader, "%s", error);
  if (disk)
    disk->set |= 1u << option;
  return 0;
}

static int
no_such_option (struct reader *reader, const char *key)
{
  char names[512] = "";
  unsigned i;

  for (i = 0; i < TUNE_OPTIONS; i++) {
    if (i > 0)
      strcat (names, ", ");
    strcat (names, tune_name (i));
  }
  return complain (reader, "%s: no such setting for a disk; there are %s", key,
                   names);
}

static int
read_setting (struct reader *reader, const char *key, const char *value)
{
  struct settings *settings = reader->settings;
  const enum tune_option option = tune_find (key);

  if (reader->disk && reader->disk->group && !tune_is_limit (option))
    return complain (reader, "%s: no such setting for a group; there are the "
                     "limits", key);
  if (!reader->export && option != TUNE_OPTIONS)
    return read_option (reader, option, value);
  if (reader->disk)
    return no_such_option (reader, key);
  if (reader->export) {
    if (strcmp (key, "shared") == 0)
      return read_yes_no (reader, key, value, &reader->export->shared);
    return complain (reader, "%s: no such setting for an export; there is "
                     "shared", key);
  }
  if (strcmp (key, "connect-timeout") == 0)
    return read_seconds (reader, key, value, 0.1, &settings->connect_timeout);
  if (strcmp (key, "reconnect-limit") == 0)
    return read_seconds (reader, key, value, 0, &settings->reconnect_limit);
  if (strcmp (key, "slow-warning") == 0)
    return read_seconds (reader, key, value, 0.1, &settings->slow_warning);
  if (strcmp (key, "resize-poll") == 0)
    return read_poll (reader, value);
  if (strcmp (key, "structured-replies") == 0)
    return read_yes_no (reader, key, value, &settings->structured_replies);
  if (strcmp (key, "max-queues") == 0)
    return read_count (reader, key, value, 1, DEVICE_QUEUES_MAX,
                       &settings->max_queues);
  if (strcmp (key, "connections") == 0)
    return read_count (reader, key, value, 1, TUNE_CONNECTIONS_MAX,
                       &settings->connections);
  return complain (reader, "%s: no such setting; there are connect-timeout, "
                   "connections, max-queues, reconnect-limit, slow-warning, "
                   "structured-replies and those of disks", key);
}

static int
add_export (struct reader *reader, const char *text)
{
  struct settings *settings = reader->settings;
  struct settings_export *exports;
  struct nbd_target target;
  char uri[3 * NBD_TARGET_LENGTH_MAX + 1], why[256];

  if (nbd_target_parse (text, &target, FAILURE_INTO (why)) == -1 ||
      nbd_target_format (&target, uri, sizeof uri) == -1)
    return complain (reader, "[export %s]: %s", text, why);
  if (settings->nexports == SETTINGS_EXPORTS_MAX)
    return complain (reader, "more than %u exports", SETTINGS_EXPORTS_MAX);
  exports = realloc (settings->exports,
                     (settings->nexports + 1) * sizeof *exports);
  if (exports == NULL)
    return complain (reader, "out of memory");
  settings->exports = exports;
  reader->export = &exports[settings->nexports];
  *reader->export = (struct settings_export) { .uri = strdup (uri) };
  if (reader->export->uri == NULL)
    return complain (reader, "out of memory");
  settings->nexports++;
  return 0;
}

static int
add_disk (struct reader *reader, const char *text, bool group)
{
  struct settings *settings = reader->settings;
  struct settings_disk *disks, *disk;
  struct nbd_target target;
  char uri[3 * NBD_TARGET_LENGTH_MAX + 1], why[256];
  const bool is_target = !group &&
    nbd_target_parse (text, &target, FAILURE_INTO (why)) == 0 &&
    nbd_target_format (&target, uri, sizeof uri) == 0;

  if (*text == '\0')
    return complain (reader, "[disk]: it must be [disk PATTERN]");
  if (settings->ndisks == SETTINGS_DISKS_MAX)
    return complain (reader, "more than %u disks", SETTINGS_DISKS_MAX);
  disks = realloc (settings->disks, (settings->ndisks + 1) * sizeof *disks);
  if (disks == NULL)
    return complain (reader, "out of memory");
  settings->disks = disks;
  disk = &disks[settings->ndisks++];
  *disk = (struct settings_disk) {
    .group = group,
    .pattern = strdup (text),
    .uri = is_target ? strdup (uri) : NULL,
  };
  tune_init (&disk->tune);
  if (disk->pattern == NULL || (is_target && disk->uri == NULL))
    return complain (reader, "out of memory");
  reader->disk = disk;
  return 0;
}

static int
add_group (struct reader *reader, const char *name)
{
  char error[TUNE_ERROR_MAX];
  struct tune tune;

  tune_init (&tune);
  if (tune_set (&tune, TUNE_LIMIT_GROUP, name, FAILURE_INTO (error)) == -1 ||
      tune.limit_group[0] == '\0')
    return complain (reader, "[group %s]: a name has up to %u letters, digits, "
                     "- and _, and is not none", name, TUNE_GROUP_MAX - 1);
  return add_disk (reader, name, true);
}

/* `text` without the white space around it; cuts the end off in place. */
static char *
strip (char *text)
{
  char *end;

  while (isspace ((unsigned char) *text))
    text++;
  end = text + strlen (text);
  while (end > text && isspace ((unsigned char) end[-1]))
    end--;
  *end = '\0';
  return text;
}

static int
read_section (struct reader *reader, char *text)
{
  char *end = text + strlen (text) - 1;

  if (*end != ']')
    return complain (reader, "a section ends with ]");
  *end = '\0';
  text = strip (text + 1);
  reader->export = NULL;
  reader->disk = NULL;
  if (strncmp (text, "export ", strlen ("export ")) == 0)
    return add_export (reader, strip (text + strlen ("export ")));
  if (strncmp (text, "disk ", strlen ("disk ")) == 0)
    return add_disk (reader, strip (text + strlen ("disk ")), false);
  if (strncmp (text, "group ", strlen ("group ")) == 0)
    return add_group (reader, strip (text + strlen ("group ")));
  return complain (reader, "[%s]: no such section; there are [export TARGET], "
                   "[disk PATTERN] and [group NAME]", text);
}

static int
read_line (struct reader *reader, char *line)
{
  char *text = strip (line), *equals;

  if (*text == '\0' || *text == '#' || *text == ';')
    return 0;
  if (*text == '[')
    return read_section (reader, text);
  equals = strchr (text, '=');
  if (equals == NULL)
    return complain (reader, "expected KEY = VALUE");
  *equals = '\0';
  return read_setting (reader, strip (text), strip (equals + 1));
}

/* Every group that disks are put in has a section. */
static int
check_groups (struct reader *reader)
{
  const struct settings *settings = reader->settings;
  size_t i;

  for (i = 0; i <= settings->ndisks; i++) {
    const struct tune *tune = i < settings->ndisks ? &settings->disks[i].tune
                                                   : &settings->tune;

    if (tune->limit_group[0] &&
        settings_group (settings, tune->limit_group) == NULL)
      return complain (reader, "limit-group = %s: there is no section "
                       "[group %s]", tune->limit_group, tune->limit_group);
  }
  return 0;
}

int
settings_read (struct settings *settings, const char *path, bool optional,
               struct failure *failure)
{
  struct reader reader = {
    .settings = settings, .path = path, .failure = failure,
  };
  FILE *file = fopen (path, "re");
  char *line = NULL;
  size_t room = 0;
  int r = 0;

  if (file == NULL) {
    if (optional && errno == ENOENT)
      return 0;
    return failure_set (failure, "%s: %s", path, strerror (errno));
  }
  while (r == 0 && getline (&line, &room, file) != -1) {
    reader.line++;
    r = read_line (&reader, line);
  }
  if (r == 0 && ferror (file))
    r = complain (&reader, "%s", strerror (errno));
  if (r == 0)
    r = check_groups (&reader);
  free (line);
  fclose (file);
  return r;
}

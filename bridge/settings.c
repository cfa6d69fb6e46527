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

#include "settings.h"
#include "nbd-client/target.h"

#define SECONDS_MAX 31536000.0 /* a year */

struct reader {
  struct settings *settings;
  const char *path;
  unsigned line;
  struct settings_export *export; /* whose section this is, or NULL */
  char *error;
  size_t size;
};

static int complain (struct reader *reader, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

static int
complain (struct reader *reader, const char *format, ...)
{
  va_list args;
  int n = snprintf (reader->error, reader->size, "%s:%u: ", reader->path,
                    reader->line);

  if (n > 0 && (size_t) n < reader->size) {
    va_start (args, format);
    vsnprintf (reader->error + n, reader->size - n, format, args);
    va_end (args);
  }
  return -1;
}

void
settings_init (struct settings *settings)
{
  *settings = (struct settings) {
    .connect_timeout = 10,
    .reconnect_limit = 0,
    .slow_warning = 10,
  };
}

void
settings_free (struct settings *settings)
{
  size_t i;

  for (i = 0; i < settings->nexports; i++)
    free (settings->exports[i].uri);
  free (settings->exports);
  settings_init (settings);
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
read_yes_no (struct reader *reader, const char *key, const char *value,
             bool *to)
{
  if (strcmp (value, "yes") != 0 && strcmp (value, "no") != 0)
    return complain (reader, "%s = %s: it must be yes or no", key, value);
  *to = strcmp (value, "yes") == 0;
  return 0;
}

static int
read_setting (struct reader *reader, const char *key, const char *value)
{
  struct settings *settings = reader->settings;

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
  if (strcmp (key, "structured-replies") == 0)
    return read_yes_no (reader, key, value, &settings->structured_replies);
  return complain (reader, "%s: no such setting; there are connect-timeout, "
                   "reconnect-limit, slow-warning, structured-replies", key);
}

static int
add_export (struct reader *reader, const char *text)
{
  struct settings *settings = reader->settings;
  struct settings_export *exports;
  struct nbd_target target;
  char uri[3 * NBD_TARGET_LENGTH_MAX + 1], why[256];

  if (nbd_target_parse (text, &target, why, sizeof why) == -1 ||
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
  if (strncmp (text, "export ", strlen ("export ")) != 0)
    return complain (reader, "[%s]: no such section; there is "
                     "[export TARGET]", text);
  return add_export (reader, strip (text + strlen ("export ")));
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

int
settings_read (struct settings *settings, const char *path, bool optional,
             char *error, size_t size)
{
  struct reader reader = { settings, path, 0, NULL, error, size };
  FILE *file = fopen (path, "re");
  char *line = NULL;
  size_t room = 0;
  int r = 0;

  if (file == NULL) {
    if (optional && errno == ENOENT)
      return 0;
    snprintf (error, size, "%s: %s", path, strerror (errno));
    return -1;
  }
  while (r == 0 && getline (&line, &room, file) != -1) {
    reader.line++;
    r = read_line (&reader, line);
  }
  if (r == 0 && ferror (file))
    r = complain (&reader, "%s", strerror (errno));
  free (line);
  fclose (file);
  return r;
}

bool
settings_is_shared (const struct settings *settings, const char *uri)
{
  bool shared = false;
  size_t i;

  for (i = 0; i < settings->nexports; i++)
    if (strcmp (settings->exports[i].uri, uri) == 0)
      shared = settings->exports[i].shared; /* the last one holds */
  return shared;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "tune.h"

struct option {
  const char *name;
  size_t offset, size;  /* of its member of struct tune */
  const char *allowed;  /* for people */
  int (*parse) (const struct option *option, const char *text, void *value);
  void (*format) (const struct option *option, const void *value, char *text);
  const char *const *words; /* what a word's number is, ends with NULL */
};

#define MEMBER(member) \
  offsetof (struct tune, member), sizeof ((struct tune *) 0)->member

static int
parse_sector_size (const struct option *option, const char *text, void *value)
{
  const uint32_t size = strcmp (text, "4096") == 0 ? 4096 : 512;

  (void) option;
  if (size == 512 && strcmp (text, "512") != 0)
    return -1;
  memcpy (value, &size, sizeof size);
  return 0;
}

static void
format_sector_size (const struct option *option, const void *value, char *text)
{
  uint32_t size;

  (void) option;
  memcpy (&size, value, sizeof size);
  snprintf (text, TUNE_TEXT_MAX, "%u", size);
}

static int
parse_word (const struct option *option, const char *text, void *value)
{
  unsigned i = 0;

  while (option->words[i] && strcmp (option->words[i], text) != 0)
    i++;
  if (option->words[i] == NULL)
    return -1;
  memcpy (value, &i, sizeof i);
  return 0;
}

static void
format_word (const struct option *option, const void *value, char *text)
{
  unsigned i;

  memcpy (&i, value, sizeof i);
  snprintf (text, TUNE_TEXT_MAX, "%s", option->words[i]);
}

static const char *const off_on[] = { "off", "on", NULL };
static const char *const zeroes[] = { "off", "on", "unmap", NULL };

static const char *const policies[] = {
  "report", "ignore", "stop", "enospc", NULL
};

static const struct option options[TUNE_OPTIONS] = {
  [TUNE_SECTOR_SIZE] = {
    "sector-size", MEMBER (sector_size), "512 or 4096",
    parse_sector_size, format_sector_size, NULL
  },
  [TUNE_PERSISTENT] = {
    "persistent-grants", MEMBER (persistent), "on or off",
    parse_word, format_word, off_on
  },
  [TUNE_WRITE_CACHE] = {
    "write-cache", MEMBER (write_cache), "on or off",
    parse_word, format_word, off_on
  },
  [TUNE_DETECT_ZEROES] = {
    "detect-zeroes", MEMBER (detect_zeroes), "off, on or unmap",
    parse_word, format_word, zeroes
  },
  [TUNE_ON_READ_ERROR] = {
    "on-read-error", MEMBER (on_read_error), "report, ignore, stop or enospc",
    parse_word, format_word, policies
  },
  [TUNE_ON_WRITE_ERROR] = {
    "on-write-error", MEMBER (on_write_error),
    "report, ignore, stop or enospc", parse_word, format_word, policies
  },
};

void
tune_init (struct tune *tune)
{
  memset (tune, 0, sizeof *tune); /* with what is between the members */
  tune->sector_size = 512;
  tune->write_cache = TUNE_CACHE_ON;
}

const char *
tune_name (enum tune_option option)
{
  return options[option].name;
}

static bool
is_name (const char *name, const char *text)
{
  while (*name && (*name == *text || (*name == '-' && *text == '_')))
    name++, text++;
  return *name == '\0' && *text == '\0';
}

enum tune_option
tune_find (const char *name)
{
  enum tune_option i = 0;

  while (i < TUNE_OPTIONS && !is_name (options[i].name, name))
    i++;
  return i;
}

int
tune_set (struct tune *tune, enum tune_option number, const char *value,
          char *error)
{
  const struct option *option = &options[number];

  if (strlen (value) < TUNE_TEXT_MAX &&
      option->parse (option, value, (char *) tune + option->offset) == 0)
    return 0;
  snprintf (error, TUNE_ERROR_MAX, "%s = %.64s: it must be %s", option->name,
            value, option->allowed);
  return -1;
}

void
tune_get (const struct tune *tune, enum tune_option number, char *text)
{
  const struct option *option = &options[number];

  option->format (option, (const char *) tune + option->offset, text);
}

void
tune_copy (struct tune *tune, enum tune_option number,
           const struct tune *from)
{
  const struct option *option = &options[number];

  memcpy ((char *) tune + option->offset,
          (const char *) from + option->offset, option->size);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tune.h"

struct option {
  const char *name;
  size_t offset, size;  /* of its member of struct tune */
  const char *allowed;  /* for people */
  int (*parse) (const struct option *option, const char *text, void *value);
  void (*format) (const struct option *option, const void *value, char *text);
  const char *const *words; /* what a word's number is, ends with NULL */
};

#define AMOUNT_MAX UINT64_C (1000000000000)
#define BYTES_MIN  4096 /* a second: a request of 1 MiB takes minutes then */

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
  text_copy (text, TUNE_TEXT_MAX, option->words[i]);
}

/* "" cannot be written in a question, so "none" is no name. */
static int
parse_group (const struct option *option, const char *text, void *value)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  const size_t length = strlen (text);

  if (length == 0 || length >= option->size ||
      strspn (text, letters) != length)
    return -1;
  memset (value, 0, option->size);
  if (strcmp (text, "none") != 0)
    memcpy (value, text, length);
  return 0;
}

static void
format_group (const struct option *option, const void *value, char *text)
{
  const char *group = value;

  (void) option;
  text_copy (text, TUNE_TEXT_MAX, *group ? group : "none");
}

/* A number from `min` to 10^12, with K, M or G behind it if that is allowed;
 * *text is what follows.
 */
static int
parse_amount (const char **text, uint64_t min, bool units, uint64_t *amount)
{
  static const char letters[] = "KMG";
  const char *unit, *start = *text;
  uint64_t n = 0;

  for (; **text >= '0' && **text <= '9' && n < AMOUNT_MAX; ++*text)
    n = n * 10 + (**text - '0');
  unit = units && **text ? strchr (letters, **text) : NULL;
  if (*text == start || n > AMOUNT_MAX)
    return -1;
  if (unit) {
    n <<= 10 * (unit - letters + 1);
    ++*text;
  }
  *amount = n;
  return n >= min && n <= AMOUNT_MAX ? 0 : -1;
}

static int
parse_rate (const struct option *option, const char *text, void *value)
{
  const bool bytes = strstr (option->name, "bytes") != NULL;
  struct rate rate = { 0, 0 };

  if (strcmp (text, "off") != 0) {
    if (parse_amount (&text, bytes ? BYTES_MIN : 1, bytes, &rate.rate) == -1)
      return -1;
    if (*text == '/') {
      text++;
      if (parse_amount (&text, 1, bytes, &rate.burst) == -1)
        return -1;
    }
    if (*text)
      return -1;
  }
  memcpy (value, &rate, sizeof rate);
  return 0;
}

static void
format_rate (const struct option *option, const void *value, char *text)
{
  struct rate rate;
  char burst[24] = "";

  (void) option;
  memcpy (&rate, value, sizeof rate);
  if (rate.burst > 0)
    snprintf (burst, sizeof burst, "/%llu", (unsigned long long) rate.burst);
  if (rate.rate > 0)
    snprintf (text, TUNE_TEXT_MAX, "%llu%s", (unsigned long long) rate.rate,
              burst);
  else
    text_copy (text, TUNE_TEXT_MAX, "off");
}

static const char *const off_on[] = { "off", "on", NULL };
static const char *const zeroes[] = { "off", "on", "unmap", NULL };

static const char *const policies[] = {
  "report", "ignore", "stop", "enospc", NULL
};

#define OPS_ALLOWED \
  "off, or RATE or RATE/BURST with numbers from 1 to 10^12"
#define BYTES_ALLOWED \
  "off, or RATE or RATE/BURST with numbers up to 10^12, perhaps with K, M or " \
  "G, and RATE at least 4096"
#define LIMIT(limit, name, allowed) \
  [TUNE_FIRST_LIMIT + limit] = { \
    name, MEMBER (limits[limit]), allowed, parse_rate, format_rate, NULL \
  }

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
  [TUNE_LIMIT_GROUP] = {
    "limit-group", MEMBER (limit_group),
    "none or up to 31 letters, digits, - and _",
    parse_group, format_group, NULL
  },
  LIMIT (TUNE_OPS, "limit-ops", OPS_ALLOWED),
  LIMIT (TUNE_READ_OPS, "limit-read-ops", OPS_ALLOWED),
  LIMIT (TUNE_WRITE_OPS, "limit-write-ops", OPS_ALLOWED),
  LIMIT (TUNE_BYTES, "limit-bytes", BYTES_ALLOWED),
  LIMIT (TUNE_READ_BYTES, "limit-read-bytes", BYTES_ALLOWED),
  LIMIT (TUNE_WRITE_BYTES, "limit-write-bytes", BYTES_ALLOWED),
};

bool
tune_is_limit (enum tune_option option)
{
  return option >= TUNE_FIRST_LIMIT && option < TUNE_OPTIONS;
}

void
tune_init (struct tune *tune)
{
  memset (tune, 0, sizeof *tune); /* with what is between the members */
  tune->sector_size = 512;
  tune->persistent = 1;
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
          struct failure *failure)
{
  const struct option *option = &options[number];

  if (strlen (value) < TUNE_TEXT_MAX &&
      option->parse (option, value, (char *) tune + option->offset) == 0)
    return 0;
  return failure_set (failure, "%s = %.64s: it must be %s", option->name, value,
                      option->allowed);
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

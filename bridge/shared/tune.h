/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How one disk is served: what an operator can set for it, in
 * xen-nbdback.conf(5) and while it runs.
 *
 * Every option has a name and a text form; settings, messages and the control
 * tool all use these, so what is allowed stands in tune.c and nowhere else.
 */

#ifndef BRIDGE_SHARED_TUNE_H
#define BRIDGE_SHARED_TUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "rate.h"

#define TUNE_TEXT_MAX  64u  /* bytes of an option's text form, with its NUL */
#define TUNE_GROUP_MAX 32u  /* bytes of a group's name, with its NUL */
#define TUNE_ERROR_MAX 256u /* bytes of a sentence about a wrong value */
#define TUNE_CONNECTIONS_MAX 4u /* to the server, for one disk */

/* The options, as numbers. */
enum tune_option {
  TUNE_SECTOR_SIZE,
  TUNE_PERSISTENT,
  TUNE_WRITE_CACHE,
  TUNE_DETECT_ZEROES,
  TUNE_ON_READ_ERROR,
  TUNE_ON_WRITE_ERROR,
  TUNE_LIMIT_GROUP,
  TUNE_FIRST_LIMIT,       /* one for each enum tune_limit */
  TUNE_OPTIONS = TUNE_FIRST_LIMIT + 6
};

/* What is limited.  Requests are those of the ring. */
enum tune_limit {
  TUNE_OPS,         /* all requests */
  TUNE_READ_OPS,
  TUNE_WRITE_OPS,   /* all that are no reads */
  TUNE_BYTES,       /* of data, read and written */
  TUNE_READ_BYTES,
  TUNE_WRITE_BYTES,
  TUNE_LIMITS
};

enum tune_write_cache {
  TUNE_CACHE_OFF,  /* a write is durable when it is answered */
  TUNE_CACHE_ON,   /* a write is durable when it was flushed, and the guest is
                    * told so */
};

enum tune_zeroes {
  TUNE_ZEROES_OFF,   /* zeroes are written as any data */
  TUNE_ZEROES_ON,    /* the server is told that they are zeroes */
  TUNE_ZEROES_UNMAP, /* the server is told so, and may leave a hole */
};

enum tune_policy {
  TUNE_REPORT,  /* the guest is told */
  TUNE_IGNORE,  /* the guest is told that all went well */
  TUNE_STOP,    /* the disk stops until an operator lets it go on */
  TUNE_ENOSPC,  /* STOP where the server has no room left, else REPORT */
};

/* All values are in range, whoever they came from. */
struct tune {
  uint32_t sector_size;    /* bytes, 512 or 4096, from the next connection on */
  unsigned persistent;     /* 1: grants are kept, from the next connection on;
                            * 0: they are not */
  unsigned write_cache;    /* enum tune_write_cache */
  unsigned detect_zeroes;  /* enum tune_zeroes */
  unsigned on_read_error;  /* enum tune_policy */
  unsigned on_write_error; /* enum tune_policy, for all that is no read */
  char limit_group[TUNE_GROUP_MAX]; /* with which it shares limits; "": none */
  struct rate limits[TUNE_LIMITS];
};

/* Set all options to their defaults. */
extern void tune_init (struct tune *tune);

/* The option's name, as in the settings: "sector-size". */
extern const char *tune_name (enum tune_option option);

/* The option of that name, where `_` may stand for `-`; TUNE_OPTIONS if there
 * is none.
 */
extern enum tune_option tune_find (const char *name);

/* Set an option from text, which may be anything.  Returns 0; or -1 with a
 * sentence of at most TUNE_ERROR_MAX bytes that says the name, the value and
 * what is allowed, and then nothing has changed.
 */
extern int tune_set (struct tune *tune, enum tune_option option,
                     const char *value, struct failure *failure);

/* Write an option's text form, which tune_set takes, into `text` (TUNE_TEXT_MAX
 * bytes).
 */
extern void tune_get (const struct tune *tune, enum tune_option option,
                      char *text);

/* Is it one of the limits, and not the group? */
extern bool tune_is_limit (enum tune_option option);

/* Set one option as it is in `from`. */
extern void tune_copy (struct tune *tune, enum tune_option option,
                       const struct tune *from);

#endif

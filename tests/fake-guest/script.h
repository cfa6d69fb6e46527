/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The command language: one command a line, words and KEY=VALUE.
 */

#ifndef FAKE_GUEST_SCRIPT_H
#define FAKE_GUEST_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define SCRIPT_WORDS 32u

struct command {
  const char *rest;               /* the line after the name, as it is */
  unsigned nwords;                /* without KEY=VALUE */
  const char *words[SCRIPT_WORDS];
  unsigned nkeys;
  const char *keys[SCRIPT_WORDS];
  const char *values[SCRIPT_WORDS];
  bool used[SCRIPT_WORDS];
};

/* Seconds after which a request that has no answer is taken for lost: longer
 * than a loaded machine hesitates.  What libxl and a frontend wait for has
 * limits of its own, 10 s as theirs.
 */
#define PATIENCE 30.0

/* The value of a key, and as a number. */
extern const char *command_get (struct command *command, const char *key,
                                const char *missing);
extern int64_t command_number (struct command *command, const char *key,
                               int64_t missing);
extern double command_seconds (struct command *command, const char *key,
                               double missing);

/* Run one command.  Returns 0, or -1 if it failed. */
extern int run_command (struct guest_disk *disk, const char *name,
                        struct command *command);

/* Is it a command for do_io? */
extern bool is_io (const char *name);

/* Each returns 0, or -1 if it failed. */
extern int do_io (struct guest_disk *disk, const char *name,
                  struct command *command);
extern int do_drain (struct guest_disk *disk, struct command *command);
extern int do_raw (struct guest_disk *disk, struct command *command);
extern int do_lie (struct guest_disk *disk, struct command *command);
extern int do_flip (struct guest_disk *disk, struct command *command);
extern int do_flood (struct guest_disk *disk, struct command *command);

/* Does what was asked for agree with what the answer says?  `expect` is ok,
 * error, eopnotsupp, none or any.
 */
extern int check_status (struct guest_request *request, const char *expect);

/* Push, wait for the one request, check it and give it back. */
extern int run_request (struct guest_request *request, const char *expect,
                        double timeout);

#endif

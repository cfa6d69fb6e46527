/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The one form in which a function says why it failed: a sentence, in memory
 * of the caller's.  All libraries and programs use it.
 *
 * A function that takes a `struct failure *` returns -1 or false when it
 * failed, and then the sentence is there; else the memory is untouched.
 */

#ifndef BASE_FAILURE_H
#define BASE_FAILURE_H

#include <stddef.h>

struct failure {
  char *text;   /* the caller's; NUL-terminated once something failed */
  size_t size;  /* bytes there; a longer sentence is cut */
};

/* Into `array`, which is an array of char and not a pointer. */
#define FAILURE_INTO(array) \
  (&(struct failure) { .text = (array), .size = sizeof (array) })

/* Put the sentence there.  Always returns -1. */
extern int failure_set (struct failure *failure, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

#endif

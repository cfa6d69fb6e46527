/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers as they are in xenstore: plain decimal text, written by a guest.
 */

#ifndef XENBUS_NUMBER_H
#define XENBUS_NUMBER_H

#include <stdint.h>

/* Read `text` as a decimal number of at most `max` into `value`.
 *
 * Returns 0, or -1 for anything else: the empty string, a sign, white
 * space, hexadecimal, trailing text, a number above `max`.  `value` is
 * untouched then.  NULL is refused like the empty string.
 */
extern int number_parse (const char *text, uint64_t max, uint64_t *value);

#endif

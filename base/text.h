/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Text in arrays of a fixed size.
 */

#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

/* Copy `from` into the `size` bytes at `to`, at least one, which are elsewhere.
 * What does not fit with its NUL is cut.
 */
extern void text_copy (char *to, size_t size, const char *from);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Text that goes into a message: JSON is UTF-8, file names are anything.
 */

#ifndef BRIDGE_SHARED_MESSAGE_TEXT_H
#define BRIDGE_SHARED_MESSAGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Can `text` be sent as it is? */
extern bool message_is_text (const char *text);

/* Copy what may be anything into `to` (`size` bytes) so that it can be sent:
 * what is not printable ASCII becomes '?'.
 */
extern void message_copy_text (char *to, const char *from, size_t size);

#endif

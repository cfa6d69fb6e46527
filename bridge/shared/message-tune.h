/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The part of messages that says how a disk is served: an object with each
 * option's name and text form.
 */

#ifndef BRIDGE_SHARED_MESSAGE_TUNE_H
#define BRIDGE_SHARED_MESSAGE_TUNE_H

#include <jansson.h>

#include "tune.h"

/* Returns a new object, or NULL if memory is short. */
extern json_t *message_pack_tune (const struct tune *tune);

/* Read the member `name` of `object`, which may be anything: what it does not
 * say is as tune_init leaves it, names that are not known are passed over.
 * Returns 1; 0 if there is no such member (all defaults); -1 if it is wrong.
 */
extern int message_unpack_tune (const json_t *object, const char *name,
                                struct tune *tune);

#endif

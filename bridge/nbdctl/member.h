/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Members of JSON objects that may be missing.
 */

#ifndef BRIDGE_NBDCTL_MEMBER_H
#define BRIDGE_NBDCTL_MEMBER_H

#include <stdint.h>

#include <jansson.h>

/* A number that is a member, or 0 if there is none. */
extern uint64_t nbdctl_number (const json_t *object, const char *name);

/* Text of a member, which is the object's, or "" if there is none. */
extern const char *nbdctl_member (const json_t *object, const char *name);

#endif

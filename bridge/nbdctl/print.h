/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What is shown on standard output.
 */

#ifndef BRIDGE_NBDCTL_PRINT_H
#define BRIDGE_NBDCTL_PRINT_H

#include <jansson.h>

/* Show a value as JSON. */
extern void nbdctl_print_json (const json_t *value);

/* Show an array of disks as a table. */
extern void nbdctl_print_list (const json_t *disks);

/* Show an object: one line for each member, "name: value", and for each of an
 * inner object, "outer name: value".
 */
extern void nbdctl_print_members (const json_t *object);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the toolstack and the frontend write to the store.
 */

#ifndef TOOLSTACK_H
#define TOOLSTACK_H

#include "fake-store.h"
#include "fuzz.h"

#define BACKEND   "/local/domain/0/backend/vbd/3/51712"
#define FRONTEND  "/local/domain/3/device/vbd/51712"

/* Where they write, and whom a watch tells of it. */
extern struct store *toolstack_store;
extern void (*toolstack_noted) (void);

extern void toolstack_set (const char *dir, const char *name,
                           const char *value);
extern void toolstack_unset (const char *path);

/* A good device in state Initialising.  Bits of `how`: 1 read-only, 2 with
 * our script, 4 which has claimed it.
 */
extern void toolstack_make_device (unsigned how);

/* A good frontend's nodes, all but its state; no others are left. */
extern void toolstack_make_rings (void);

/* Actions: any node of either side gets any value, or goes. */
extern void toolstack_do_backend (struct input *input);
extern void toolstack_do_frontend (struct input *input);
extern void toolstack_do_unset (struct input *input);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A verified load: random reads, writes and trims, many at a time, checked
 * against a model of the disk.  No two that are under way share a sector,
 * but they may well share a block.
 */

#ifndef TESTS_NBD_CLIENT_LOAD_H
#define TESTS_NBD_CLIENT_LOAD_H

#include <stdint.h>

#include "rig.h"

#define LOAD_DISK  (4u << 20)    /* bytes of the disk that are used */
#define LOAD_MOST  (256u << 10)  /* bytes of one command */
#define LOAD_DEPTH 32            /* commands at a time */

struct load;

/* Begin a load of `commands` commands on the rig's client, which is OPEN and
 * whose disk is all zero.  It runs while the rig runs.
 */
extern struct load *load_new (struct rig *rig, unsigned commands);

/* Small commands only: at most `bytes` each, within the first `disk`. */
extern void load_crowd (struct load *load, uint64_t bytes, uint64_t disk);

/* Run until this many more commands are over. */
extern void load_until (struct load *load, unsigned commands);

/* Run to the end, read the whole disk again and compare; then free it. */
extern void load_finish (struct load *load);

/* Free it without more ado; the client must be gone or idle. */
extern void load_free (struct load *load);

#endif

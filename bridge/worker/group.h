/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the disks of a group of limits have in common: the states of buckets, in
 * a small file in the run directory that their workers map.
 *
 * It is made by whoever comes first, all zeroes being a good state, and stays:
 * if it went while one worker has it mapped, the next would begin another.
 */

#ifndef BRIDGE_GROUP_H
#define BRIDGE_GROUP_H

#include <stdint.h>

#include "bridge/shared/tune.h"

/* All zero: a member of none. */
struct group {
  char name[TUNE_GROUP_MAX]; /* "": none */
  uint64_t *state;           /* TUNE_LIMITS of them, mapped; NULL: none */
};

/* Be a member of the group `name` from now on; "" of none.  Returns 0, or -1
 * with errno if its file cannot be had: then it is a member of none.
 */
extern int group_join (struct group *group, const char *run_dir,
                       const char *name);

#endif

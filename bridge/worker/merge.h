/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Requests that make one NBD command together: reads or writes that continue
 * each other on the disk and follow each other on a list.  The first leads, the
 * others are its members, and its command does the work of all.
 *
 * Nothing here knows where the list comes from or what becomes of the leader.
 */

#ifndef BRIDGE_MERGE_H
#define BRIDGE_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/shared/tune.h"
#include "request.h"

/* One that is being put together. */
struct merge {
  struct request *leader;
  uint64_t end;              /* of its data and its members', in bytes of the
                              * disk */
  struct request **last;     /* where the next member goes */
};

/* Begin with the first of `list`, which is not empty. */
extern void merge_begin (struct merge *merge, struct request_list *list);

/* Could the first of `list`, if there is any, go along?  Only plain reads or
 * plain writes with the same duties do, up to `most` bytes in all.
 */
extern bool merge_continues (const struct merge *merge,
                             const struct request_list *list, uint64_t most);

/* Take the first of `list`, which continues it, as a member: its bytes go into
 * the leader's buffer.  Returns it.
 */
extern struct request *merge_add (struct merge *merge,
                                  struct request_list *list);

/* Did the last grant copy go well for all of them? */
extern bool merge_all_copied (const struct request *leader);

/* Are some of these writes all zero, and some not? */
extern bool merge_half_zero (const struct request *leader);

/* Fill in the leader's command, which reads, writes or discards what it and
 * its members ask for.  A write's bytes are in the buffer; they are looked at
 * for zeroes as far as `zeroes` wants it.
 */
extern void merge_command (struct request *leader, enum tune_zeroes zeroes);

/* Take the members off again: they are on `list` behind the leader, each with
 * its own buffer, to which a write's bytes have to be copied anew.
 */
extern void merge_split (struct request *leader, struct request_list *list);

#endif

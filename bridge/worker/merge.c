/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>

#include "merge.h"

void
merge_begin (struct merge *merge, struct request_list *list)
{
  struct request *leader = request_pop (list);

  merge->leader = leader;
  merge->end = leader->io.offset + leader->io.length;
  merge->last = &leader->members;
}

bool
merge_continues (const struct merge *merge, const struct request_list *list,
                 uint64_t most)
{
  const struct request *leader = merge->leader, *next = list->head;

  return next &&
         (leader->io.kind == BLKIF_READ || leader->io.kind == BLKIF_WRITE) &&
         next->io.kind == leader->io.kind &&
         next->duties == leader->duties && next->fua == leader->fua &&
         next->io.offset == merge->end &&
         merge->end + next->io.length - leader->io.offset <= most;
}

struct request *
merge_add (struct merge *merge, struct request_list *list)
{
  struct request *member = request_pop (list);

  member->data = merge->leader->buffer +
                 (merge->end - merge->leader->io.offset);
  merge->end += member->io.length;
  *merge->last = member;
  merge->last = &member->next;
  return member;
}

bool
merge_all_copied (const struct request *leader)
{
  const struct request *member;

  for (member = leader->members; member; member = member->next)
    if (!member->copied)
      return false;
  return leader->copied;
}

/* Are `count` bytes, more than 0, all zero? */
static bool
all_zero (const char *bytes, uint64_t count)
{
  return bytes[0] == 0 && memcmp (bytes, bytes + 1, count - 1) == 0;
}

bool
merge_half_zero (const struct request *leader)
{
  const struct request *member = leader->members;
  bool zero;

  if (member == NULL)
    return false;
  zero = all_zero (leader->data, leader->io.length);
  for (; member; member = member->next)
    if (all_zero (member->data, member->io.length) != zero)
      return true;
  return false;
}

/* Bytes of the request and its members. */
static uint64_t
total_length (const struct request *leader)
{
  const struct request *member;
  uint64_t length = leader->io.length;

  for (member = leader->members; member; member = member->next)
    length += member->io.length;
  return length;
}

/* Flags for the `count` bytes of the request and its members. */
static unsigned
write_flags (const struct request *leader, uint64_t count,
             enum tune_zeroes zeroes)
{
  unsigned flags = leader->fua ? NBD_CLIENT_FUA : 0;

  if (zeroes != TUNE_ZEROES_OFF && all_zero (leader->buffer, count))
    flags |= NBD_CLIENT_ZEROES;
  if (zeroes == TUNE_ZEROES_UNMAP)
    flags |= NBD_CLIENT_MAY_TRIM;
  return flags;
}

void
merge_command (struct request *leader, enum tune_zeroes zeroes)
{
  const struct blkif_io *io = &leader->io;
  uint64_t count;

  if (io->kind == BLKIF_DISCARD) {
    request_command (leader, NBD_CLIENT_TRIM, io->offset, io->length);
    return;
  }
  count = total_length (leader);
  if (io->kind == BLKIF_READ)
    request_command (leader, NBD_CLIENT_READ, io->offset, count);
  else {
    request_command (leader, NBD_CLIENT_WRITE, io->offset, count);
    leader->command.flags = write_flags (leader, count, zeroes);
  }
}

void
merge_split (struct request *leader, struct request_list *list)
{
  struct request *request = leader, *next = leader->members;

  leader->members = NULL;
  while (request) {
    request->data = request->buffer;
    request_append (list, request);
    request = next;
    next = request ? request->next : NULL;
  }
}

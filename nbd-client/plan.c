/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A command as a row of steps: see plan.h.
 *
 * nbd_command.stage is one of enum stage; .done counts bytes of the body,
 * that is of the range of whole blocks which the command comes to.
 */

#include <string.h>

#include "plan.h"

enum stage {
  STAGE_HEAD,   /* a write's first block, if it is not all new */
  STAGE_TAIL,   /* its last block, if that is another and not all new */
  STAGE_BODY,   /* what the command is about */
  STAGE_OVER,   /* the flush was answered */
};

/* Whole blocks from `start` to before `end`, in bytes; start == end: none. */
struct range {
  uint64_t start, end;
};

static uint64_t
round_down (uint64_t value, uint64_t block)
{
  return value & ~(block - 1);
}

static uint64_t
round_up (uint64_t value, uint64_t block)
{
  return round_down (value + block - 1, block);
}

/* The blocks that the command is carried out on. */
static struct range
plan_range (const struct plan_blocks *blocks,
            const struct nbd_command *command)
{
  uint64_t end = command->offset + command->count;
  struct range range;

  if (command->op == NBD_CLIENT_TRIM) {
    range.start = round_up (command->offset, blocks->minimum);
    range.end = round_down (end, blocks->minimum);
  }
  else {
    range.start = round_down (command->offset, blocks->minimum);
    range.end = round_up (end, blocks->minimum);
  }
  if (command->count == 0 || range.end < range.start)
    range.end = range.start;
  return range;
}

void
plan_begin (struct nbd_command *command)
{
  command->done = 0;
  command->stage = STAGE_HEAD;
}

bool
plan_reads_first (const struct plan_blocks *blocks,
                  const struct nbd_command *command)
{
  uint64_t both = command->offset | command->count;

  return command->op == NBD_CLIENT_WRITE && (both & (blocks->minimum - 1)) != 0;
}

/* Are the first bytes of the first block not the command's? */
static bool
has_head (const struct nbd_command *command, const struct range *range)
{
  return command->offset > range->start;
}

/* Does the last block, if it is not the head, end with foreign bytes? */
static bool
has_tail (const struct plan_blocks *blocks,
          const struct nbd_command *command, const struct range *range)
{
  bool alone = range->end - range->start == blocks->minimum;

  return command->offset + command->count < range->end &&
    !(alone && has_head (command, range));
}

/* The block at an edge that a write has to read now.  False: none any more. */
static bool
plan_edge (const struct plan_blocks *blocks,
           const struct nbd_command *command, const struct range *range,
           struct plan_step *step)
{
  if (command->op != NBD_CLIENT_WRITE || command->count == 0)
    return false;
  if (command->stage == STAGE_HEAD && has_head (command, range)) {
    step->offset = range->start;
    step->buffer = command->scratch;
  }
  else if (command->stage <= STAGE_TAIL && has_tail (blocks, command, range)) {
    step->offset = range->end - blocks->minimum;
    step->buffer = command->scratch + blocks->minimum;
  }
  else
    return false;
  step->kind = PLAN_READ;
  step->count = blocks->minimum;
  return true;
}

/* The most bytes that one step may have. */
static uint64_t
plan_most (const struct plan_blocks *blocks,
           const struct nbd_command *command, uint64_t offset)
{
  uint32_t most = blocks->maximum;

  /* Trims are cut where their pieces begin at round numbers: these suit the
   * server's clusters best.
   */
  if (command->op == NBD_CLIENT_TRIM)
    return NBD_CLIENT_TRIM_MAX - offset % NBD_CLIENT_TRIM_MAX;
  if (most > NBD_CLIENT_TRANSFER_MAX)
    most = NBD_CLIENT_TRANSFER_MAX;
  return round_down (most, blocks->minimum);
}

/* Can the server be told that it is all zeroes? */
static bool
plan_zeroes (const struct plan_blocks *blocks,
             const struct nbd_command *command)
{
  return command->op == NBD_CLIENT_WRITE &&
    (command->flags & NBD_CLIENT_ZEROES) && blocks->zero &&
    !plan_reads_first (blocks, command);
}

/* All bytes of the body are done. */
static enum plan_kind
plan_end (const struct plan_blocks *blocks, const struct nbd_command *command)
{
  if ((command->flags & NBD_CLIENT_FUA) && !blocks->fua &&
      command->stage != STAGE_OVER)
    return PLAN_FLUSH;
  return PLAN_DONE;
}

void
plan_next (const struct plan_blocks *blocks,
           const struct nbd_command *command, struct plan_step *step)
{
  static const enum plan_kind kinds[] = {
    [NBD_CLIENT_READ] = PLAN_READ, [NBD_CLIENT_WRITE] = PLAN_WRITE,
    [NBD_CLIENT_FLUSH] = PLAN_FLUSH, [NBD_CLIENT_TRIM] = PLAN_TRIM,
  };
  struct range range = plan_range (blocks, command);
  uint64_t most;

  memset (step, 0, sizeof *step);
  step->kind = kinds[command->op];
  if (command->op == NBD_CLIENT_FLUSH) {
    if (command->stage == STAGE_OVER)
      step->kind = PLAN_DONE;
    return;
  }
  if (plan_edge (blocks, command, &range, step))
    return;
  step->offset = range.start + command->done;
  if (step->offset >= range.end) {
    step->kind = plan_end (blocks, command);
    step->offset = 0;
    return;
  }
  step->fua = (command->flags & NBD_CLIENT_FUA) && blocks->fua;
  step->count = range.end - step->offset;
  if (plan_zeroes (blocks, command)) {
    step->kind = PLAN_ZERO;
    step->hole = command->flags & NBD_CLIENT_MAY_TRIM;
    return;
  }
  most = plan_most (blocks, command, step->offset);
  if (step->count > most)
    step->count = most;
  if (command->op != NBD_CLIENT_TRIM)
    step->buffer = command->buffer + command->done -
      (command->offset - range.start);
}

/* A block was read into the scratch memory: complete the margins with those
 * of its bytes that the write leaves as they are.
 */
static void
plan_complete_margins (const struct plan_blocks *blocks,
                       struct nbd_command *command,
                       const struct plan_step *step)
{
  uint64_t end = command->offset + command->count;
  uint64_t block_end = step->offset + step->count;

  if (step->offset < command->offset) {
    size_t head = (size_t) (command->offset - step->offset);

    memcpy (command->buffer - head, step->buffer, head);
  }
  if (block_end > end) {
    size_t tail = (size_t) (block_end - end);

    memcpy (command->buffer + command->count,
            step->buffer + blocks->minimum - tail, tail);
  }
}

void
plan_advance (const struct plan_blocks *blocks, struct nbd_command *command)
{
  struct plan_step step;

  plan_next (blocks, command, &step);
  if (step.kind == PLAN_FLUSH)
    command->stage = STAGE_OVER;
  else if (step.kind == PLAN_READ && command->op == NBD_CLIENT_WRITE) {
    plan_complete_margins (blocks, command, &step);
    command->stage = step.buffer == command->scratch ? STAGE_TAIL : STAGE_BODY;
  }
  else {
    command->stage = STAGE_BODY;
    command->done += step.count;
  }
}

bool
plan_conflict (const struct plan_blocks *blocks,
               const struct nbd_command *a, const struct nbd_command *b)
{
  struct range left, right;

  if (!plan_reads_first (blocks, a) && !plan_reads_first (blocks, b))
    return false;
  if (a->op == NBD_CLIENT_READ || a->op == NBD_CLIENT_FLUSH ||
      b->op == NBD_CLIENT_READ || b->op == NBD_CLIENT_FLUSH)
    return false;
  left = plan_range (blocks, a);
  right = plan_range (blocks, b);
  return left.start < left.end && right.start < right.end &&
    left.start < right.end && right.start < left.end;
}

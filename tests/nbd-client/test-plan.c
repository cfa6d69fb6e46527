/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Plans against a model: a byte array as server that takes only aligned
 * commands within its blocks, and another one that says what each command
 * should have come to.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

#define DISK (4u << 20)  /* bytes */
#define CROWD (1u << 19) /* bytes that test_conflict uses */
#define ROOM (NBD_CLIENT_TRANSFER_MAX + 2 * NBD_CLIENT_MARGIN)

static char server[DISK], model[DISK];
static char room[ROOM], scratch[2 * NBD_CLIENT_BLOCK_MAX];
static char trimmed[CROWD / PLAN_SECTOR];

/* Fill `count` bytes, a multiple of 8, with what was not there before. */
static void
noise (char *bytes, size_t count)
{
  static uint64_t seed = 1;

  for (size_t i = 0; i < count; i += sizeof seed) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    memcpy (bytes + i, &seed, sizeof seed);
  }
}

/* What the server does with one step; it insists on its blocks. */
static void
serve (const struct plan_blocks *blocks, const struct plan_step *step)
{
  assert_int_equal (step->offset % blocks->minimum, 0);
  assert_int_equal (step->count % blocks->minimum, 0);
  assert_true (step->count > 0);
  assert_true (step->offset + step->count <= DISK);
  if (step->kind == PLAN_ZERO) {
    assert_true (blocks->zero);
    memset (server + step->offset, 0, step->count);
    return;
  }
  if (step->kind == PLAN_TRIM) {
    assert_true (step->count <= NBD_CLIENT_TRIM_MAX);
    memset (server + step->offset, 0, step->count);
    return;
  }
  assert_true (step->count <= blocks->maximum);
  assert_true (step->count <= NBD_CLIENT_TRANSFER_MAX);
  if (step->kind == PLAN_READ)
    memcpy (step->buffer, server + step->offset, step->count);
  else
    memcpy (server + step->offset, step->buffer, step->count);
}

/* A flush that makes a write durable: the server has no other way. */
static bool
served_flush (const struct plan_blocks *blocks,
              const struct nbd_command *command, const struct plan_step *step)
{
  if (step->kind != PLAN_FLUSH)
    return false;
  assert_true (command->op == NBD_CLIENT_WRITE && !blocks->fua);
  assert_true (command->flags & NBD_CLIENT_FUA);
  assert_int_equal (step->offset | step->count, 0);
  return true;
}

/* Carry out `command` to its end or for `steps` steps.  Returns how many. */
static unsigned
run_steps (const struct plan_blocks *blocks, struct nbd_command *command,
           unsigned steps)
{
  struct plan_step step;
  unsigned n;

  plan_begin (command);
  for (n = 0; n < steps; n++) {
    plan_next (blocks, command, &step);
    if (step.kind == PLAN_DONE)
      break;
    if (!served_flush (blocks, command, &step))
      serve (blocks, &step);
    plan_advance (blocks, command);
  }
  return n;
}

/* Run `command` and check the server, the data and the model. */
static void
check (const struct plan_blocks *blocks, struct nbd_command *command)
{
  char *data = command->buffer;
  uint64_t first, last;

  if (command->op == NBD_CLIENT_WRITE) {
    noise (room, sizeof room);
    if (command->flags & NBD_CLIENT_ZEROES)
      memset (data, 0, command->count);
    memcpy (model + command->offset, data, command->count);
  }
  if (command->op == NBD_CLIENT_TRIM) {
    first = (command->offset + blocks->minimum - 1) / blocks->minimum;
    last = (command->offset + command->count) / blocks->minimum;
    if (first < last)
      memset (model + first * blocks->minimum, 0,
              (last - first) * blocks->minimum);
  }
  /* Sometimes the server goes away half-way, and all begins anew. */
  if (rand () % 4 == 0)
    run_steps (blocks, command, (unsigned) rand () % 5);
  run_steps (blocks, command, 1000000);
  if (command->op == NBD_CLIENT_READ)
    assert_int_equal (memcmp (data, model + command->offset, command->count),
                      0);
  first = command->offset > 2 * NBD_CLIENT_BLOCK_MAX ?
    command->offset - 2 * NBD_CLIENT_BLOCK_MAX : 0;
  last = command->offset + command->count + 2 * NBD_CLIENT_BLOCK_MAX;
  last = last < DISK ? last : DISK;
  assert_int_equal (memcmp (server + first, model + first, last - first), 0);
}

static uint64_t
random_sectors (uint64_t most)
{
  uint64_t sectors = (uint64_t) rand () % (most / PLAN_SECTOR + 1);

  /* Small and round numbers are the interesting ones. */
  if (rand () % 2)
    sectors %= 300;
  if (rand () % 4 == 0)
    sectors &= ~(uint64_t) 7;
  return sectors * PLAN_SECTOR;
}

static void
test_random (void **state)
{
  (void) state;
  srand (7);
  noise (server, DISK);
  memcpy (model, server, DISK);
  for (unsigned n = 0; n < 4000; n++) {
    struct plan_blocks blocks = { .fua = rand () % 2, .zero = rand () % 2 };
    struct nbd_command command = { .scratch = scratch };

    blocks.minimum = 512u << rand () % 8;
    blocks.maximum = blocks.minimum * (1u + (unsigned) rand () % 5);
    if (rand () % 3 == 0)
      blocks.maximum = 32 << 20;
    if (rand () % 7 == 0)
      blocks.maximum = UINT32_MAX;
    command.op = (enum nbd_client_op[]) { NBD_CLIENT_READ, NBD_CLIENT_WRITE,
      NBD_CLIENT_TRIM }[rand () % 3];
    if (command.op == NBD_CLIENT_WRITE)
      command.flags = (unsigned) rand () % 8;
    command.buffer = room + NBD_CLIENT_MARGIN;
    command.offset = random_sectors (DISK);
    command.count = random_sectors (DISK - command.offset);
    if (command.offset + command.count > DISK)
      command.count = 0;
    if (command.op != NBD_CLIENT_TRIM &&
        command.count > NBD_CLIENT_TRANSFER_MAX)
      command.count = NBD_CLIENT_TRANSFER_MAX;
    check (&blocks, &command);
  }
  assert_memory_equal (server, model, DISK);
}

/* Every alignment within three blocks. */
static void
test_all_alignments (void **state)
{
  static const uint32_t minimums[] = { 512, 1024, 4096, 8192 };

  (void) state;
  srand (8);
  noise (server, DISK);
  memcpy (model, server, DISK);
  for (unsigned m = 0; m < 4; m++) {
    struct plan_blocks blocks = { minimums[m], minimums[m], false, false };
    uint64_t end = 3 * minimums[m];

    for (uint64_t from = 0; from < end; from += PLAN_SECTOR) {
      for (uint64_t to = from; to <= end; to += PLAN_SECTOR) {
        for (unsigned op = 0; op < 3; op++) {
          struct nbd_command command = { .scratch = scratch };

          command.op = (enum nbd_client_op[]) { NBD_CLIENT_READ,
            NBD_CLIENT_WRITE, NBD_CLIENT_TRIM }[op];
          command.buffer = room + NBD_CLIENT_MARGIN;
          command.offset = from;
          command.count = to - from;
          check (&blocks, &command);
        }
      }
    }
  }
}

/* An aligned command that fits is one step, straight from its buffer. */
static void
test_aligned_is_one (void **state)
{
  struct plan_blocks blocks = { 4096, 32 << 20, false, false };
  struct nbd_command command = { .op = NBD_CLIENT_WRITE, .offset = 8192,
    .count = NBD_CLIENT_TRANSFER_MAX, .buffer = room + NBD_CLIENT_MARGIN };
  struct plan_step step;

  (void) state;
  plan_begin (&command);
  assert_false (plan_reads_first (&blocks, &command));
  plan_next (&blocks, &command, &step);
  assert_int_equal (step.kind, PLAN_WRITE);
  assert_int_equal (step.offset, 8192);
  assert_int_equal (step.count, NBD_CLIENT_TRANSFER_MAX);
  assert_ptr_equal (step.buffer, command.buffer);
  plan_advance (&blocks, &command);
  plan_next (&blocks, &command, &step);
  assert_int_equal (step.kind, PLAN_DONE);
}

/* What one write comes to: the kinds of its steps, `*` for durable ones. */
static void
assert_steps (bool fua, bool zero, unsigned flags, uint64_t offset,
              const char *wanted)
{
  struct plan_blocks blocks = { 4096, 4096, fua, zero };
  struct nbd_command command = { .op = NBD_CLIENT_WRITE, .flags = flags,
    .offset = offset, .count = 8192, .buffer = room + NBD_CLIENT_MARGIN,
    .scratch = scratch };
  char steps[64] = "";
  struct plan_step step;

  plan_begin (&command);
  for (plan_next (&blocks, &command, &step); step.kind != PLAN_DONE;
       plan_next (&blocks, &command, &step)) {
    strcat (steps, step.kind == PLAN_READ ? "r" : step.kind == PLAN_WRITE ? "w"
            : step.kind == PLAN_FLUSH ? "f" : step.hole ? "h" : "z");
    strcat (steps, step.fua ? "*" : "");
    plan_advance (&blocks, &command);
  }
  assert_string_equal (steps, wanted);
}

static void
test_flags_of_writes (void **state)
{
  const unsigned fua = NBD_CLIENT_FUA, zeroes = NBD_CLIENT_ZEROES;

  (void) state;
  assert_steps (true, true, 0, 4096, "ww");
  assert_steps (true, true, fua, 4096, "w*w*");
  assert_steps (false, true, fua, 4096, "wwf");
  assert_steps (true, true, fua, 512, "rrw*w*w*");
  assert_steps (false, true, fua, 512, "rrwwwf");
  assert_steps (true, true, zeroes, 4096, "z");
  assert_steps (true, true, zeroes | NBD_CLIENT_MAY_TRIM, 4096, "h");
  assert_steps (true, true, zeroes | fua, 4096, "z*");
  assert_steps (false, true, zeroes | fua, 4096, "zf");
  assert_steps (true, false, zeroes, 4096, "ww");
  assert_steps (true, true, zeroes, 512, "rrwww");
  assert_steps (true, true, NBD_CLIENT_MAY_TRIM, 4096, "ww");
}

static void
test_flush (void **state)
{
  struct plan_blocks blocks = { 512, 32 << 20, false, false };
  struct nbd_command command = { .op = NBD_CLIENT_FLUSH };
  struct plan_step step;

  (void) state;
  plan_begin (&command);
  plan_next (&blocks, &command, &step);
  assert_int_equal (step.kind, PLAN_FLUSH);
  plan_advance (&blocks, &command);
  plan_next (&blocks, &command, &step);
  assert_int_equal (step.kind, PLAN_DONE);
  plan_begin (&command);
  plan_next (&blocks, &command, &step);
  assert_int_equal (step.kind, PLAN_FLUSH);
}

/* Huge trims come in pieces that begin at round numbers. */
static void
test_trim_pieces (void **state)
{
  const uint64_t gib = 1 << 30;
  struct plan_blocks blocks = { 4096, 65536, false, false };
  struct nbd_command command = { .op = NBD_CLIENT_TRIM,
    .offset = gib - 512, .count = 5 * gib + 1024 };
  struct plan_step step;
  uint64_t at = gib;

  (void) state;
  plan_begin (&command);
  for (;;) {
    plan_next (&blocks, &command, &step);
    if (step.kind == PLAN_DONE)
      break;
    assert_int_equal (step.kind, PLAN_TRIM);
    assert_int_equal (step.offset, at);
    assert_true (step.count <= NBD_CLIENT_TRIM_MAX);
    assert_true (step.offset % gib == 0);
    at += step.count;
    plan_advance (&blocks, &command);
  }
  assert_int_equal (at, 6 * gib);

  /* Inside one block nothing is left to trim. */
  command.offset = 512;
  command.count = 4096;
  plan_begin (&command);
  plan_next (&blocks, &command, &step);
  assert_int_equal (step.kind, PLAN_DONE);
}

/* Is an exclusion needed?  The model: walk over all blocks. */
static bool
must_exclude (const struct plan_blocks *blocks, const struct nbd_command *a,
              const struct nbd_command *b)
{
  const struct nbd_command *both[2] = { a, b };
  bool partial = false;

  memset (trimmed, 0, sizeof trimmed);
  for (unsigned i = 0; i < 2; i++) {
    uint64_t from = both[i]->offset, to = from + both[i]->count;

    if (both[i]->op == NBD_CLIENT_READ)
      return false;
    for (uint64_t block = 0; block < CROWD; block += blocks->minimum) {
      bool touches = from < block + blocks->minimum && block < to;
      bool whole = from <= block && block + blocks->minimum <= to;

      if (both[i]->op == NBD_CLIENT_TRIM ? whole : touches)
        trimmed[block / blocks->minimum] |= (char) (1 << i);
      partial = partial ||
        (both[i]->op == NBD_CLIENT_WRITE && touches && !whole);
    }
  }
  return partial && memchr (trimmed, 3, sizeof trimmed);
}

static void
test_conflict (void **state)
{
  unsigned conflicts = 0;

  (void) state;
  srand (9);
  for (unsigned n = 0; n < 20000; n++) {
    struct plan_blocks blocks = { 512u << rand () % 8, 1 << 20, false, false };
    struct nbd_command pair[2];
    bool expected;

    memset (pair, 0, sizeof pair);
    for (unsigned i = 0; i < 2; i++) {
      pair[i].op = (enum nbd_client_op[]) { NBD_CLIENT_READ, NBD_CLIENT_WRITE,
        NBD_CLIENT_TRIM, NBD_CLIENT_WRITE }[rand () % 4];
      pair[i].offset = (uint64_t) (rand () % 600) * PLAN_SECTOR;
      pair[i].count = (uint64_t) (1 + rand () % 200) * PLAN_SECTOR;
    }
    expected = must_exclude (&blocks, &pair[0], &pair[1]);
    conflicts += expected;
    assert_int_equal (plan_conflict (&blocks, &pair[0], &pair[1]), expected);
    assert_int_equal (plan_conflict (&blocks, &pair[1], &pair[0]), expected);
  }
  assert_true (conflicts > 1000);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_random),
    cmocka_unit_test (test_all_alignments),
    cmocka_unit_test (test_aligned_is_one),
    cmocka_unit_test (test_flags_of_writes),
    cmocka_unit_test (test_flush),
    cmocka_unit_test (test_trim_pieces),
    cmocka_unit_test (test_conflict),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

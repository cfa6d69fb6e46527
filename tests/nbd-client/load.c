/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A verified load: see load.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load.h"

#define SECTOR 512

struct request {
  struct nbd_command command;
  bool busy;
  char *memory;
};

struct load {
  struct rig *rig;
  unsigned left, over;        /* commands to be submitted; reaped */
  uint64_t most, disk;        /* bytes */
  struct request requests[LOAD_DEPTH];
  char model[LOAD_DISK];
  bool taken[LOAD_DISK / SECTOR];  /* by a command under way */
  unsigned wanted;            /* see load_until */
};

static void
mark (struct load *load, const struct nbd_command *command, bool taken)
{
  memset (load->taken + command->offset / SECTOR, taken,
          command->count / SECTOR);
}

/* Fill in a random command.  Returns false if its place is taken. */
static bool
choose (struct load *load, struct nbd_command *command)
{
  static const enum nbd_client_op ops[] = { NBD_CLIENT_READ, NBD_CLIENT_WRITE,
    NBD_CLIENT_WRITE, NBD_CLIENT_TRIM, NBD_CLIENT_FLUSH };
  uint64_t sectors = load->disk / SECTOR;

  command->op = ops[rand () % 5];
  if (command->op == NBD_CLIENT_FLUSH) {
    command->offset = command->count = 0;
    return true;
  }
  command->offset = (uint64_t) rand () % sectors;
  command->count = 1 + (uint64_t) rand () % (load->most / SECTOR);
  if (rand () % 2)
    command->count = 1 + (uint64_t) rand () % 8;
  if (command->count > load->most / SECTOR)
    command->count = load->most / SECTOR;
  if (command->count > sectors - command->offset)
    command->count = sectors - command->offset;
  if (memchr (load->taken + command->offset, true, command->count))
    return false;
  command->offset *= SECTOR;
  command->count *= SECTOR;
  return true;
}

/* What the trim of `command` leaves: only whole blocks are gone. */
static void
model_trim (struct load *load, const struct nbd_command *command)
{
  uint64_t block = nbd_client_export (load->rig->client)->minimum_block;
  uint64_t start = (command->offset + block - 1) / block * block;
  uint64_t end = (command->offset + command->count) / block * block;

  if (start < end)
    memset (load->model + start, 0, end - start);
}

static void
submit (struct load *load, struct request *request)
{
  struct nbd_command *command = &request->command;
  char *model = load->model + command->offset;

  if (command->op == NBD_CLIENT_WRITE) {
    memset (command->buffer - NBD_CLIENT_MARGIN, rand (),
            command->count + 2 * NBD_CLIENT_MARGIN);
    for (uint64_t i = 0; i < command->count; i += sizeof (int))
      memcpy (command->buffer + i, &(int) { rand () }, sizeof (int));
    memcpy (model, command->buffer, command->count);
  }
  if (command->op == NBD_CLIENT_TRIM)
    model_trim (load, command);
  mark (load, command, true);
  request->busy = true;
  load->left--;
  nbd_client_submit (load->rig->client, command);
}

/* Keep as many under way as can be. */
static void
fill (struct load *load)
{
  for (unsigned i = 0; i < LOAD_DEPTH && load->left > 0; i++) {
    for (unsigned tries = 0; !load->requests[i].busy && tries < 5; tries++) {
      if (choose (load, &load->requests[i].command))
        submit (load, &load->requests[i]);
    }
  }
}

static void
reaped (struct rig *rig, struct nbd_command *command)
{
  struct load *load = rig->opaque;
  struct request *request = (struct request *) command;

  if (command->error)
    fail_msg ("op %d at %lu+%lu: error %d", command->op,
              (unsigned long) command->offset, (unsigned long) command->count,
              command->error);
  if (command->op == NBD_CLIENT_READ &&
      memcmp (command->buffer, load->model + command->offset,
              command->count) != 0)
    fail_msg ("wrong data at %lu+%lu", (unsigned long) command->offset,
              (unsigned long) command->count);
  mark (load, command, false);
  request->busy = false;
  load->over++;
  fill (load);
}

struct load *
load_new (struct rig *rig, unsigned commands)
{
  struct load *load = calloc (1, sizeof *load);
  size_t scratch = nbd_client_scratch (rig->client);

  assert_non_null (load);
  load->rig = rig;
  load->left = commands;
  load->most = LOAD_MOST;
  load->disk = LOAD_DISK;
  for (unsigned i = 0; i < LOAD_DEPTH; i++) {
    struct request *request = &load->requests[i];

    request->memory = malloc (LOAD_MOST + 2 * NBD_CLIENT_MARGIN);
    request->command.buffer = request->memory + NBD_CLIENT_MARGIN;
    request->command.scratch = scratch ? malloc (scratch) : NULL;
  }
  rig->reaped = reaped;
  rig->opaque = load;
  return load;
}

void
load_crowd (struct load *load, uint64_t bytes, uint64_t disk)
{
  load->most = bytes;
  load->disk = disk;
}

static bool
is_over (struct rig *rig)
{
  struct load *load = rig->opaque;

  return load->over >= load->wanted;
}

void
load_until (struct load *load, unsigned commands)
{
  load->wanted = load->over + commands;
  fill (load);
  rig_until (load->rig, is_over);
}

void
load_finish (struct load *load)
{
  struct rig *rig = load->rig;
  char *data = malloc (LOAD_MOST);

  load_until (load, load->left + nbd_client_busy (rig->client));
  assert_int_equal (nbd_client_busy (rig->client), 0);
  rig->reaped = NULL;
  for (uint64_t at = 0; at < LOAD_DISK; at += LOAD_MOST) {
    assert_int_equal (rig_do (rig, NBD_CLIENT_READ, at, LOAD_MOST, data), 0);
    assert_int_equal (memcmp (data, load->model + at, LOAD_MOST), 0);
  }
  free (data);
  load_free (load);
}

void
load_free (struct load *load)
{
  load->rig->reaped = NULL;
  for (unsigned i = 0; i < LOAD_DEPTH; i++) {
    free (load->requests[i].memory);
    free (load->requests[i].command.scratch);
  }
  free (load);
}

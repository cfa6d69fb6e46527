/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>

#include "front.h"
#include "model.h"
#include "bridge/worker/volume.h"
#include "xenbus/xen-public.h"

#define ENTRIES offsetof (struct blkif_sring, ring)

struct fronts fronts;

/* The linker leads queue.c's calls here, so that the model sees each request
 * as it was taken, whatever the guest does to the ring.
 */
extern bool __real_ring_take (struct ring *ring, void *raw);
extern bool __wrap_ring_take (struct ring *ring, void *raw);
extern bool __real_ring_publish (struct ring *ring);
extern bool __wrap_ring_publish (struct ring *ring);

static uint8_t *
memory (const struct front *front)
{
  return guest.rings[front - fronts.of].memory;
}

static uint32_t
load (const struct front *front, size_t at)
{
  uint32_t value;

  memcpy (&value, memory (front) + at, sizeof value);
  return value;
}

static void
store (struct front *front, size_t at, uint32_t value)
{
  memcpy (memory (front) + at, &value, sizeof value);
}

static uint32_t
entries (const struct front *front)
{
  return ring_entries (fronts.abi, guest.rings[front - fronts.of].pages);
}

static uint8_t *
entry (const struct front *front, uint32_t index)
{
  return memory (front) + ENTRIES +
         (index & (entries (front) - 1)) * fronts.abi->request_size;
}

void
front_new_rings (unsigned pages)
{
  unsigned i;

  for (i = 0; i < fronts.count; i++) {
    struct front *front = &fronts.of[i];

    guest_new_ring (&guest.rings[i], pages);
    memset (front, 0, sizeof *front);
    front->honest = true;
    store (front, offsetof (struct blkif_sring, req_event), 1);
    store (front, offsetof (struct blkif_sring, rsp_event), 1);
  }
}

/* Room for one more?  Even a liar keeps count of what it put. */
static uint8_t *
next_entry (struct front *front)
{
  if (front->prod - front->seen >= entries (front))
    return NULL;
  return entry (front, front->prod++);
}

static void
put_request (struct front *front, struct input *input, uint8_t operation,
             uint64_t sector, uint64_t id)
{
  const struct blkif_abi *abi = fronts.abi;
  const unsigned count = input_8 (input), shape = input_8 (input);
  const unsigned page = input_8 (input);
  uint8_t *raw = next_entry (front);
  uint64_t length = 0;
  unsigned i;

  if (!raw)
    return;
  memset (raw, 0, abi->request_size);
  raw[0] = operation;
  raw[1] = operation == BLKIF_OP_DISCARD ? 0 : count % 13;
  memcpy (raw + abi->id, &id, 8);
  memcpy (raw + abi->sector, &sector, 8);
  for (i = 0; i < raw[1] && i < BLKIF_SEGMENTS_MAX; i++) {
    uint8_t *segment = raw + abi->segments + 8 * i;
    uint32_t ref = GUEST_REF + (page + i) % (GUEST_PAGES + 1);

    memcpy (segment, &ref, 4);
    segment[4] = i == 0 ? shape & 7 : 0;
    segment[5] = 7 - (i + 1 == raw[1] ? shape >> 3 & 7 : 0) + (shape == 0xff);
    length += (uint64_t) segment[5] - segment[4] + 1;
  }
  if (operation == BLKIF_OP_DISCARD) {
    length = count << (shape & 7);
    memcpy (raw + abi->discard_sectors, &length, 8);
  }
  front->operation = operation;
  front->end = sector + length;
}

static void
put (struct front *front, struct input *input)
{
  const uint8_t operation = input_8 (input) % 7; /* 4 and 6: never offered */
  const uint64_t sector = input_16 (input) % (DISK_SECTORS + 8);

  put_request (front, input, operation, sector, ++fronts.next_id);
}

/* With its segments in a page that may well be one of data, too. */
static void
put_indirect (struct front *front, struct input *input)
{
  const struct blkif_abi *abi = fronts.abi;
  const uint16_t count = input_16 (input) % 260;
  const unsigned inner = input_8 (input), shape = input_8 (input);
  const uint64_t sector = input_16 (input) % (DISK_SECTORS + 8);
  const uint32_t ref = GUEST_REF + input_8 (input) % (GUEST_PAGES + 1);
  struct guest_page *page = guest_page (ref);
  uint8_t *raw = next_entry (front);
  unsigned i;

  if (!raw)
    return;
  memset (raw, 0, abi->request_size);
  raw[0] = BLKIF_OP_INDIRECT;
  raw[1] = inner < 240 ? inner & 1 : inner;
  memcpy (raw + 2, &count, 2);
  fronts.next_id++;
  memcpy (raw + abi->id, &fronts.next_id, 8);
  memcpy (raw + abi->sector, &sector, 8);
  memcpy (raw + abi->indirect, &ref, 4);
  for (i = 0; page && i < count; i++) {
    const uint32_t data = GUEST_REF + (shape + i) % GUEST_PAGES;
    uint8_t *segment = page->bytes + 8 * i;

    memcpy (segment, &data, 4);
    segment[4] = shape & 3;
    segment[5] = (shape & 3) + (shape >> 2 & 3) + (shape == 0xff ? 8 : 0);
  }
  if (page)
    page->dirty = page->users > 0;
}

static void
put_next (struct front *front, struct input *input)
{
  put_request (front, input, front->operation, front->end, ++fronts.next_id);
}

static void
put_twin (struct front *front, struct input *input)
{
  put_request (front, input, front->operation, input_8 (input), fronts.next_id);
}

static void
put_raw (struct front *front, struct input *input)
{
  uint8_t *raw = next_entry (front);
  unsigned i;

  for (i = 0; raw && i < 40; i++)
    raw[i] = input_8 (input);
}

void
front_publish (struct front *front, unsigned most)
{
  struct guest_ring *ring = &guest.rings[front - fronts.of];
  const uint32_t old = front->published;
  uint32_t n = front->prod - old, wish;

  if (n == 0)
    return;
  front->published += n < most ? n : most;
  store (front, offsetof (struct blkif_sring, req_prod), front->published);
  wish = load (front, offsetof (struct blkif_sring, req_event));
  if (front->published - wish < front->published - old && ring->bound)
    ring->event = true;
}

static void
lie (struct front *front, struct input *input)
{
  const size_t at = (input_8 (input) & 3) * 4;
  const uint32_t value = input_32 (input);

  front->honest = false;
  if (value & 0x80)
    store (front, at, value);
  else /* close to the truth */
    store (front, at, front->published + (value & 0x7f) - 0x40);
}

static void
change (struct front *front, struct input *input)
{
  const uint32_t index = front->published - 1 - input_8 (input) % 8;
  const unsigned at = input_8 (input), value = input_8 (input);

  entry (front, index)[at % fronts.abi->request_size] = value;
  fronts.next_id++;
}

struct front *
front_choose (struct input *input)
{
  return &fronts.of[input_8 (input) % fronts.count];
}

void
front_do_put (struct input *input)
{
  struct front *front = front_choose (input);

  put (front, input);
}

void
front_do_put_indirect (struct input *input)
{
  struct front *front = front_choose (input);

  put_indirect (front, input);
}

void
front_do_put_next (struct input *input)
{
  struct front *front = front_choose (input);

  put_next (front, input);
}

/* As many as fit, to reach what limits all of them together. */
void
front_do_put_many (struct input *input)
{
  struct front *front = front_choose (input);
  unsigned n = input_8 (input);

  while (n-- > 0) {
    const uint8_t fields[] = { 11, 0, n };
    struct input fixed = { fields, fields + sizeof fields };

    front->end %= DISK_SECTORS - 88;
    put_next (front, &fixed);
  }
}

void
front_do_put_odd (struct input *input)
{
  struct front *front = front_choose (input);

  if (input_8 (input) & 1)
    put_raw (front, input);
  else
    put_twin (front, input);
}

void
front_do_publish (struct input *input)
{
  unsigned most = input_8 (input), i;

  for (i = 0; i < fronts.count; i++)
    front_publish (&fronts.of[i], most == 0 ? 255 : most);
}

void
front_do_lie (struct input *input)
{
  struct front *front = front_choose (input);

  if (input_8 (input) & 1)
    change (front, input);
  else
    lie (front, input);
}

void
front_want (struct front *front, unsigned responses)
{
  store (front, offsetof (struct blkif_sring, rsp_event),
         front->seen + responses);
}

void
front_in_turn (void)
{
  unsigned i;

  for (i = 0; i < fronts.count && fronts.late > 0; i++) {
    if (fronts.of[i].prod == fronts.of[i].published)
      continue;
    front_publish (&fronts.of[i], 1);
    fronts.late--;
  }
}

static struct front *
front_of (const struct ring *ring)
{
  unsigned i;

  for (i = 0; &fronts.volume->queues[i]->ring != ring; i++)
    CHECK (i < fronts.volume->nqueues);
  return &fronts.of[i];
}

/* Once it was taken the entry is of no more use, and the guest may do with
 * it what it likes: here, name other pages and lengths, which would do, too.
 */
static void
scribble (struct front *front, struct ring *ring)
{
  const struct blkif_abi *abi = ring->abi;
  uint8_t *raw = entry (front, ring->req_cons - 1);
  unsigned i;

  memset (raw, 0x01, abi->segments);
  for (i = 0; i < BLKIF_SEGMENTS_MAX; i++) {
    uint8_t *segment = raw + abi->segments + 8 * i;
    uint32_t ref;

    memcpy (&ref, segment, 4);
    ref = GUEST_REF + ((ref - GUEST_REF) ^ 1) % GUEST_PAGES;
    memcpy (segment, &ref, 4);
    segment[4] = 0;
    segment[5] = (segment[5] ^ 7) & 7;
  }
}

bool
__wrap_ring_take (struct ring *ring, void *raw)
{
  struct front *front = front_of (ring);

  if (!__real_ring_take (ring, raw))
    return false;
  model_taken (front - fronts.of, ring->abi, raw);
  if (fronts.scribble)
    scribble (front, ring);
  return true;
}

bool
__wrap_ring_publish (struct ring *ring)
{
  struct front *front = front_of (ring);
  const uint32_t old = ring->published;
  const uint32_t wish = load (front, offsetof (struct blkif_sring, rsp_event));
  const bool notify = __real_ring_publish (ring);
  uint32_t i;

  CHECK (ring->published - old <= ring->entries);
  for (i = old; i != ring->published; i++) {
    const uint8_t *raw = entry (front, i);
    uint64_t id;
    int16_t status;

    memcpy (&id, raw, sizeof id);
    memcpy (&status, raw + 10, sizeof status);
    CHECK (raw[9] == 0); /* padding, never our memory */
    model_answered (front - fronts.of, id, raw[8], status);
  }
  front->seen = ring->published;
  CHECK (notify == (ring->published - wish < ring->published - old));
  front->expected += notify;
  return notify;
}

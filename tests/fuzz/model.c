/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <string.h>

#include "fake-guest.h"
#include "fuzz.h"
#include "model.h"
#include "pages.h"
#include "bridge/worker/volume.h"
#include "xenbus/xen-public.h"

#define RECORDS 1100u /* more than all rings' entries */

/* A request that was taken. */
struct record {
  bool open;             /* not answered yet */
  unsigned queue;
  enum blkif_refusal refusal;
  struct blkif_io io;
  struct blkif_segment segments[BLKIF_INDIRECT_MAX];
  uint64_t taken;        /* when, see fuzz_clock */
  bool started;          /* an NBD command of it was submitted */
  bool late;             /* a barrier that came after it has started */
  bool ambiguous;        /* another open one looks the same */
};

/* What a sector holds, as far as the guest can know. */
struct sector {
  uint64_t tag;
  bool unknown;
  bool contested;        /* writers overlapped */
  unsigned writers;      /* open requests that change it */
  uint64_t changed;      /* when the last of them was answered */
};

static struct {
  const struct volume *volume;
  const struct nbd_client *client;
  struct record records[RECORDS];
  unsigned nrecords;     /* of the array that were ever used */
  unsigned open;
  struct sector sectors[DISK_SECTORS];
  bool lax;              /* ids were not unique: data is not compared */
} model;

void
model_init (const struct volume *volume, const struct nbd_client *client)
{
  unsigned i;

  memset (model.sectors, 0, sizeof model.sectors);
  model.volume = volume;
  model.client = client;
  model.nrecords = model.open = 0;
  model.lax = false;
  for (i = 0; i < DISK_SECTORS; i++)
    model.sectors[i].tag = client->disk[i];
}

unsigned
model_open (void)
{
  return model.open;
}

static bool
changes (const struct record *record)
{
  return record->refusal == BLKIF_ACCEPTED && record->io.kind != BLKIF_READ;
}

/* The open request of this queue that a response or a command means; the
 * earliest if there are more.
 */
static struct record *
find (unsigned queue, uint64_t id, uint8_t operation)
{
  struct record *found = NULL;
  unsigned i;

  for (i = 0; i < model.nrecords; i++) {
    struct record *r = &model.records[i];

    if (r->open && r->queue == queue && r->io.id == id &&
        r->io.operation == operation && (!found || r->taken < found->taken))
      found = r;
  }
  return found;
}

static struct record *
new_record (void)
{
  unsigned i;

  for (i = 0; i < model.nrecords && model.records[i].open; i++)
    ;
  CHECK (i < RECORDS);
  if (i == model.nrecords)
    model.nrecords++;
  memset (&model.records[i], 0, sizeof model.records[i]);
  model.records[i].io.segments = model.records[i].segments;
  model.records[i].open = true;
  model.open++;
  return &model.records[i];
}

/* An indirect request's segments, if they can be read, which happens next. */
static const void *
table_of (const struct blkif_abi *abi, const void *raw)
{
  struct blkif_segment where;
  struct guest_page *page;

  if (!blkif_table (abi, raw, &model.volume->rings.bounds, &where))
    return NULL;
  page = guest_page (where.gref);
  if (!page || page->revoked || guest.fail_copy == 1)
    return NULL;
  page->dirty = true; /* pages_use must not write there */
  return page->bytes;
}

void
model_taken (unsigned queue, const struct blkif_abi *abi, const void *raw)
{
  struct record *record = new_record (), *twin;
  uint64_t i;

  record->queue = queue;
  record->refusal = blkif_parse (abi, raw, table_of (abi, raw),
                                 &model.volume->rings.bounds, &record->io);
  record->open = false;
  twin = find (queue, record->io.id, record->io.operation);
  record->open = true;
  record->taken = ++fuzz_clock;
  if (twin)
    twin->ambiguous = record->ambiguous = model.lax = true;
  if (record->refusal)
    return;
  pages_use (&record->io);
  for (i = 0; changes (record) && i < record->io.length / 512; i++) {
    struct sector *sector = &model.sectors[record->io.offset / 512 + i];

    sector->contested |= sector->writers++ > 0;
  }
}

/* The worker has given it up, and says so at the end of this round. */
static bool
is_given_up (const struct record *record)
{
  const struct request *request;

  request = model.volume->queues[record->queue]->finished.head;
  for (; request; request = request->next)
    if (request->io.id == record->io.id &&
        request->io.operation == record->io.operation)
      return request->status != BLKIF_RSP_OKAY;
  return false;
}

/* A barrier begins when nothing else is under way, and what was before it
 * must not come after.
 */
static void
barrier_starts (const struct record *barrier)
{
  unsigned i;

  CHECK (model.client->count == 0);
  for (i = 0; i < model.nrecords; i++) {
    struct record *r = &model.records[i];

    if (r->open && r->queue == barrier->queue && r->taken < barrier->taken)
      r->late = true;
  }
}

static void
record_starts (struct record *record)
{
  unsigned i;

  CHECK (record != NULL);
  if (model.lax)
    return; /* it may be another */
  CHECK (record->refusal == BLKIF_ACCEPTED);
  CHECK (!record->late);
  for (i = 0; i < model.nrecords; i++) {
    const struct record *r = &model.records[i];

    if (r->open && r->queue == record->queue && r->taken < record->taken)
      CHECK (r->refusal || r->io.kind != BLKIF_BARRIER || is_given_up (r));
  }
  if (record->io.kind == BLKIF_BARRIER && !record->started)
    barrier_starts (record);
  record->started = true;
}

static unsigned
index_of (const struct queue *queue)
{
  unsigned i;

  for (i = 0; model.volume->queues[i] != queue; i++)
    CHECK (i < model.volume->nqueues);
  return i;
}

void
model_submitted (const struct nbd_command *command)
{
  const struct request *request;

  if (command == &model.volume->flush ||
      command == &model.volume->durability.command)
    return;
  request = request_of ((struct nbd_command *) (uintptr_t) command);
  record_starts (find (index_of (request->queue), request->io.id,
                       request->io.operation));
  for (request = request->members; request; request = request->next)
    record_starts (find (index_of (request->queue), request->io.id,
                         request->io.operation));
}

/* Call `each` for every sector of the request, with its bytes in the guest;
 * NULL where these may be anything.
 */
static void
each_sector (const struct record *record,
             void (*each) (const struct record *record,
                           struct sector *sector, const uint8_t *bytes))
{
  struct sector *sector = &model.sectors[record->io.offset / 512];
  uint64_t n = record->io.length / 512;
  unsigned i, at;

  if (record->io.nsegments == 0) {
    while (n-- > 0)
      each (record, sector++, NULL);
    return;
  }
  for (i = 0; i < record->io.nsegments; i++) {
    const struct blkif_segment *segment = &record->io.segments[i];
    const struct guest_page *page = guest_page (segment->gref);

    for (at = 0; at < segment->length; at += 512)
      each (record, sector++, page && !page->dirty
                              ? page->bytes + segment->offset + at : NULL);
  }
}

/* It was answered well: is it there? */
static void
sector_written (const struct record *record, struct sector *sector,
                const uint8_t *bytes)
{
  const uint64_t number = sector - model.sectors;

  CHECK (model.client->written[number] > record->taken || model.lax);
  sector->unknown = sector->contested || !bytes || model.lax;
  if (sector->unknown)
    return;
  sector->tag = sector_tag (bytes);
  CHECK (model.client->disk[number] == sector->tag);
}

static void
sector_failed (const struct record *record, struct sector *sector,
               const uint8_t *bytes)
{
  (void) record;
  (void) bytes;
  sector->unknown = true;
}

static void
sector_released (const struct record *record, struct sector *sector,
                 const uint8_t *bytes)
{
  (void) record;
  (void) bytes;
  if (--sector->writers == 0)
    sector->contested = false;
  sector->changed = ++fuzz_clock;
}

static void
sector_read (const struct record *record, struct sector *sector,
             const uint8_t *bytes)
{
  if (bytes && !sector->unknown && sector->writers == 0 &&
      sector->changed < record->taken && !model.lax)
    CHECK (sector_tag (bytes) == sector->tag);
}

/* What it wrote outlives the server's host; where another write of the same
 * sector was under way, either may.
 */
static void
check_durable (const struct record *record)
{
  const struct nbd_client *client = model.client;
  const uint64_t first = record->io.offset / 512;
  uint64_t i;

  for (i = first; i < first + record->io.length / 512; i++)
    CHECK (client->flushed > client->written[i] ||
           client->durable[i] == client->written[i] ||
           model.sectors[i].contested || model.lax);
}

static void
check_success (const struct record *record)
{
  switch (record->io.kind) {
  case BLKIF_READ:
    if (!record->ambiguous)
      pages_check (&record->io);
    each_sector (record, sector_read);
    break;
  case BLKIF_FLUSH:
  case BLKIF_BARRIER:
    CHECK (model.client->flushed > record->taken || record->ambiguous);
    if (record->io.kind == BLKIF_BARRIER)
      check_durable (record);
    each_sector (record, sector_written);
    break;
  case BLKIF_WRITE:
    if (model.volume->rings.write_through)
      check_durable (record);
    /* fall through */
  case BLKIF_DISCARD:
    each_sector (record, sector_written);
    break;
  }
}

void
model_answered (unsigned queue, uint64_t id, uint8_t operation,
                int16_t status)
{
  struct record *record = find (queue, id, operation);

  CHECK (record != NULL);
  record->open = false;
  model.open--;
  if (record->refusal) {
    CHECK (status == blkif_refusal_status (record->refusal) ||
           record->ambiguous);
    return;
  }
  CHECK (status == BLKIF_RSP_OKAY || status == BLKIF_RSP_ERROR ||
         status == BLKIF_RSP_EOPNOTSUPP);
  if (record->io.kind == BLKIF_READ || record->io.kind == BLKIF_WRITE)
    CHECK (status != BLKIF_RSP_EOPNOTSUPP || record->ambiguous);
  if (status == BLKIF_RSP_OKAY)
    check_success (record);
  else if (changes (record))
    each_sector (record, sector_failed);
  if (changes (record))
    each_sector (record, sector_released);
  pages_release (&record->io);
}

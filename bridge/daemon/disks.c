/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk-tune.h"
#include "disks.h"

struct disks_entry {
  struct disk *disk;
  struct disks_entry *next;          /* of all */
  struct disks_entry *next_id;       /* in the same bucket */
  struct disks_entry *next_frontend; /* the same */
  char frontend[DEVICE_PATH_MAX];    /* by which it is found; "": by none */
  bool seen;
};

static unsigned
hash_text (const char *text, size_t length)
{
  uint32_t hash = 2166136261u; /* FNV-1a */
  size_t i;

  for (i = 0; i < length; i++)
    hash = (hash ^ (unsigned char) text[i]) * 16777619u;
  return hash % DISKS_BUCKETS;
}

static unsigned
hash_id (const struct device_id *id)
{
  const uint32_t words[] = { id->kind, id->domid, id->devid };

  return hash_text ((const char *) words, sizeof words);
}

void
disks_init (struct disks *disks, struct ev_loop *loop,
            const struct settings *settings,
            const struct spawn_program *program)
{
  memset (disks, 0, sizeof *disks);
  disks->context.loop = loop;
  disks->context.settings = settings;
  disks->context.program = *program;
}

/* Put the entry where its disk's frontend is looked for. */
static void
file_frontend (struct disks *disks, struct disks_entry *entry)
{
  const char *path = entry->disk->facts.paths.frontend;
  struct disks_entry **bucket;

  if (strcmp (entry->frontend, path) == 0)
    return;
  if (entry->frontend[0]) {
    bucket = &disks->by_frontend[hash_text (entry->frontend,
                                            strlen (entry->frontend))];
    while (*bucket != entry)
      bucket = &(*bucket)->next_frontend;
    *bucket = entry->next_frontend;
  }
  snprintf (entry->frontend, sizeof entry->frontend, "%s", path);
  if (entry->frontend[0]) {
    bucket = &disks->by_frontend[hash_text (path, strlen (path))];
    entry->next_frontend = *bucket;
    *bucket = entry;
  }
}

static struct disks_entry *
add (struct disks *disks, const struct device_id *id)
{
  struct disks_entry *entry = calloc (1, sizeof *entry);
  struct disks_entry **bucket = &disks->by_id[hash_id (id)];

  if (entry)
    entry->disk = disk_new (&disks->context, id);
  if (entry == NULL || entry->disk == NULL) {
    log_error (NULL, "out of memory");
    free (entry);
    return NULL;
  }
  entry->next = disks->all;
  disks->all = entry;
  entry->next_id = *bucket;
  *bucket = entry;
  return entry;
}

/* Free the disk at *where, which is in the list of all. */
static void
drop (struct disks *disks, struct disks_entry **where)
{
  struct disks_entry *entry = *where;
  struct disks_entry **bucket = &disks->by_id[hash_id (&entry->disk->facts.id)];

  while (*bucket != entry)
    bucket = &(*bucket)->next_id;
  *bucket = entry->next_id;
  entry->disk->facts.paths.frontend[0] = '\0';
  file_frontend (disks, entry);
  *where = entry->next;
  disk_free (entry->disk);
  free (entry);
}

void
disks_free (struct disks *disks)
{
  while (disks->all)
    drop (disks, &disks->all);
}

void
disks_connect (struct disks *disks, struct store *store, uint32_t own_domid)
{
  struct disks_entry *entry;

  disks->context.store = store;
  disks->context.own_domid = own_domid;
  for (entry = disks->all; entry; entry = entry->next)
    disk_reconnect (entry->disk);
}

void
disks_disconnect (struct disks *disks)
{
  disks->context.store = NULL;
}

static struct disks_entry *
find (const struct disks *disks, const struct device_id *id)
{
  struct disks_entry *entry;

  for (entry = disks->by_id[hash_id (id)]; entry; entry = entry->next_id)
    if (entry->disk->phase != DISK_LEAVING &&
        device_id_equal (&entry->disk->facts.id, id))
      return entry;
  return NULL;
}

struct disk *
disks_find (const struct disks *disks, const struct device_id *id)
{
  struct disks_entry *entry = find (disks, id);

  return entry ? entry->disk : NULL;
}

struct disk *
disks_find_vdev (const struct disks *disks, uint32_t domid, const char *vdev)
{
  struct disks_entry *entry;

  for (entry = disks->all; entry; entry = entry->next)
    if (entry->disk->phase == DISK_OURS &&
        entry->disk->facts.id.domid == domid &&
        strcmp (entry->disk->facts.config.vdev, vdev) == 0)
      return entry->disk;
  return NULL;
}

static int
compare (const struct device_id *a, const struct device_id *b)
{
  if (a->domid != b->domid)
    return a->domid < b->domid ? -1 : 1;
  if (a->devid != b->devid)
    return a->devid < b->devid ? -1 : 1;
  return (int) a->kind - (int) b->kind;
}

struct disk *
disks_next (const struct disks *disks, const struct device_id *after)
{
  struct disks_entry *entry;
  struct disk *next = NULL;

  for (entry = disks->all; entry; entry = entry->next) {
    const struct device_id *id = &entry->disk->facts.id;

    if (entry->disk->phase == DISK_OURS &&
        (after == NULL || compare (id, after) > 0) &&
        (next == NULL || compare (id, &next->facts.id) < 0))
      next = entry->disk;
  }
  return next;
}

/* Does the disk keep other VMs from writing to its export?  One that is leaving
 * does until its worker has ended.
 */
static bool
reserves_export (const struct disk *disk)
{
  if (!disk->facts.config.writable || disk->target.uri[0] == '\0')
    return false;
  return disk->phase == DISK_LEAVING
         ? disk->worker.link.state != WORKER_LINK_DEAD
         : disk->phase == DISK_OURS &&
           disk->target.state != HANDSHAKE_TARGET_FAILED;
}

static bool
may_share (const struct disks *disks, const struct disk *disk)
{
  return !disk->facts.config.writable || disk->facts.config.may_share ||
         disk->target.uri[0] == '\0' ||
         settings_is_shared (disks->context.settings, disk->target.uri);
}

const struct disk *
disks_rival (const struct disks *disks, const struct disk *disk)
{
  const char *vm = disk->facts.vm;
  struct disks_entry *entry;

  if (may_share (disks, disk))
    return NULL;
  for (entry = disks->all; entry; entry = entry->next) {
    const struct disk *other = entry->disk;

    if (other != disk && reserves_export (other) &&
        strcmp (disk->target.uri, other->target.uri) == 0 &&
        (vm[0] == '\0' || strcmp (vm, other->facts.vm) != 0))
      return other;
  }
  return NULL;
}

bool
disks_has_successor (const struct disks *disks, const struct disk *disk)
{
  return find (disks, &disk->facts.id) != NULL;
}

static bool
is_fellow (const struct disk *disk, const struct disk *other,
           const char *group)
{
  const struct worker_link *link = &other->worker.link;

  return other != disk && group[0] && other->phase == DISK_OURS &&
         link->has_status && link->status.has_tune &&
         strcmp (link->status.tune.limit_group, group) == 0;
}

/* How a disk is to be served that has no worker yet: as the settings say, but
 * with the limits that the other disks of its group have now.
 */
static void
choose_tune (const struct disks *disks, const struct disk *disk,
             struct tune *tune)
{
  struct disks_entry *entry;

  settings_tune (disks->context.settings, disk->facts.name, disk->target.uri,
                 tune);
  for (entry = disks->all; entry; entry = entry->next)
    if (is_fellow (disk, entry->disk, tune->limit_group)) {
      memcpy (tune->limits, entry->disk->worker.link.status.tune.limits,
              sizeof tune->limits);
      return;
    }
}

int
disks_limit (struct disks *disks, struct disk *disk, const struct tune *tune,
             struct failure *failure)
{
  char why[DEVICE_ERROR_MAX];
  struct disks_entry *entry;

  if (disk_tune_change (disk, tune, failure) == -1)
    return -1;
  for (entry = disks->all; entry; entry = entry->next) {
    struct disk *other = entry->disk;
    struct tune theirs;

    if (!is_fellow (disk, other, tune->limit_group))
      continue;
    theirs = other->worker.link.status.tune;
    memcpy (theirs.limits, tune->limits, sizeof theirs.limits);
    if (disk_tune_change (other, &theirs, FAILURE_INTO (why)) == -1)
      log_warning (other->facts.name, "its limits stay as they were: %s", why);
  }
  return 0;
}

void
disks_log_level (struct disks *disks, enum log_level level)
{
  struct disks_entry *entry;

  disks->context.program.level = level;
  for (entry = disks->all; entry; entry = entry->next)
    disk_log_level (entry->disk, level);
}

/* Mark the disks whose frontend's directory is the first `length` bytes. */
static bool
mark_frontend (struct disks *disks, const char *path, size_t length)
{
  struct disks_entry *entry;
  bool any = false;

  for (entry = disks->by_frontend[hash_text (path, length)]; entry;
       entry = entry->next_frontend)
    if (strncmp (entry->frontend, path, length) == 0 &&
        entry->frontend[length] == '\0') {
      disk_mark (entry->disk);
      any = true;
    }
  return any;
}

bool
disks_mark_frontend (struct disks *disks, const char *path)
{
  size_t n;

  for (n = strlen (path); n > 0; n--)
    if (path[n] == '/' && mark_frontend (disks, path, n))
      return true;
  return false;
}

void
disks_mark_all (struct disks *disks)
{
  struct disks_entry *entry;

  for (entry = disks->all; entry; entry = entry->next)
    disk_mark (entry->disk);
}

void
disks_begin_seeing (struct disks *disks)
{
  struct disks_entry *entry;

  for (entry = disks->all; entry; entry = entry->next)
    entry->seen = false;
}

void
disks_see (struct disks *disks, const struct device_id *id)
{
  struct disks_entry *entry = find (disks, id);

  if (entry == NULL)
    entry = add (disks, id);
  if (entry)
    entry->seen = true;
}

void
disks_end_seeing (struct disks *disks)
{
  struct disks_entry *entry;

  for (entry = disks->all; entry; entry = entry->next)
    if (!entry->seen)
      disk_mark (entry->disk);
}

bool
disks_end_orphan (struct disks *disks, const struct device_id *id)
{
  struct disks_entry *entry = add (disks, id);

  if (entry == NULL)
    return false;
  if (disk_adopt (entry->disk) == 0)
    return true;
  drop (disks, &disks->all); /* it is the first */
  return false;
}

/* Is there another that has not been looked at yet?  It may have a worker that
 * writes to the same export, left by a daemon before us.
 */
static bool
may_find_rival (const struct disks *disks, const struct disk *disk)
{
  struct disks_entry *entry;

  if (may_share (disks, disk))
    return false;
  for (entry = disks->all; entry; entry = entry->next)
    if (entry->disk->phase == DISK_CONSIDERED && entry->disk->marked)
      return true;
  return false;
}

/* Have the disk look, and tell it what it asks for. */
static enum disk_answer
look (struct disks *disks, struct disk *disk)
{
  const enum disk_answer answer = disk_look (disk);
  struct tune tune;

  if (answer != DISK_WANTS_WORKER && answer != DISK_WANTS_TARGET)
    return answer;
  if (answer == DISK_WANTS_WORKER && may_find_rival (disks, disk)) {
    disk_postpone (disk);
    return DISK_GOES_ON;
  }
  if (answer == DISK_WANTS_WORKER &&
      !disk_start (disk, disks_rival (disks, disk)))
    return DISK_GOES_ON;
  choose_tune (disks, disk, &tune);
  disk_open (disk, &tune);
  return DISK_GOES_ON;
}

/* Returns true if the disk is done for; sets *more if there is a new one. */
static bool
update (struct disks *disks, struct disk *disk, bool *more)
{
  const struct device_id id = disk->facts.id;
  enum disk_answer answer = DISK_GOES;
  bool over;

  if (disk->phase != DISK_LEAVING) {
    answer = look (disks, disk);
    if (answer == DISK_GOES_ON)
      answer = disk_update (disk);
    if (answer != DISK_GOES && answer != DISK_REPLACED)
      return answer == DISK_OVER;
    disk_leave (disk);
  }
  over = disk_is_over (disk, disks_has_successor (disks, disk));
  if (answer == DISK_REPLACED) {
    disks_see (disks, &id);
    *more = true;
  }
  return over;
}

bool
disks_update (struct disks *disks)
{
  struct disks_entry **where = &disks->all, *entry;
  bool more = false;

  while ((entry = *where) != NULL) {
    struct store *store = disks->context.store;
    const bool can = store && !store_lost (store);
    struct disk *disk = entry->disk;
    bool over = false;

    if (disk->marked && (can || disk->phase == DISK_LEAVING)) {
      over = update (disks, disk, &more);
      file_frontend (disks, entry);
      while (*where != entry) /* new ones come first */
        where = &(*where)->next;
    }
    more |= disk->marked && can && !over;
    if (over)
      drop (disks, where);
    else
      where = &entry->next;
  }
  return more;
}

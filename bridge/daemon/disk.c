/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "disk-attached.h"

#define ACTIONS_MAX 16 /* of the handshake in one update */

static void
link_changed (struct worker_link *link)
{
  disk_mark (link->data);
}

static void
timer_over (void *data)
{
  disk_mark (data);
}

static void
ask_size (void *data)
{
  struct disk *disk = data;

  if (disk->phase == DISK_OURS &&
      disk->facts.state.own == HANDSHAKE_CONNECTED)
    disk_worker_ask_size (&disk->worker);
}

struct disk *
disk_new (const struct disk_context *context, const struct device_id *id)
{
  struct disk *disk = calloc (1, sizeof *disk);

  if (disk == NULL)
    return NULL;
  disk->context = context;
  disk->marked = true;
  disk_facts_init (&disk->facts, context->own_domid, id);
  disk_target_init (&disk->target);
  disk_shown_init (&disk->shown);
  worker_link_init (&disk->worker.link, context->loop, id, link_changed, disk);
  disk_timers_init (&disk->timers, context->loop, timer_over, ask_size, disk);
  return disk;
}

void
disk_free (struct disk *disk)
{
  if (disk == NULL)
    return;
  disk_timers_stop (&disk->timers);
  worker_link_close (&disk->worker.link);
  free (disk);
}

void
disk_mark (struct disk *disk)
{
  disk->marked = true;
}

static void
look_again (struct disk *disk, enum again again)
{
  disk_timers_look_again (&disk->timers, again);
}

/* The frontend or the worker has failed, and the connection has to end. */
static void
break_off (struct disk *disk, const char *why)
{
  disk_guest_break (&disk->guest, &disk->facts, ev_now (disk->context->loop),
                    why);
}

/* The target cannot be had.  A script gets the reason and the device goes;
 * without one, or once it is in use, it is tried again.
 */
static void fail (struct disk *disk, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

static void
fail (struct disk *disk, const char *format, ...)
{
  char why[DEVICE_ERROR_MAX];
  va_list args;

  va_start (args, format);
  vsnprintf (why, sizeof why, format, args);
  va_end (args);
  if (disk_worker_end (&disk->worker))
    break_off (disk, "the disk was in use, but cannot have its target now");
  disk_target_fail (&disk->target, &disk->facts, why);
  if (!disk_facts_unclaimed (&disk->facts))
    disk_timers_retry (&disk->timers, disk_target_delay (&disk->target));
}

void
disk_tune (const struct disk *disk, struct tune *tune)
{
  if (!disk_worker_tune (&disk->worker, tune))
    settings_tune (disk->context->settings, disk->facts.name, disk->target.uri,
                   tune);
}

uint64_t
disk_size (const struct disk *disk)
{
  struct tune tune;

  disk_tune (disk, &tune);
  return disk_worker_size (&disk->worker, &tune);
}

/* Returns DISK_GOES_ON if the device is ours. */
static enum disk_answer
consider (struct disk *disk)
{
  const struct disk_context *context = disk->context;
  const enum disk_phase before = disk->phase;

  switch (disk_facts_consider (&disk->facts, context->store)) {
  case DISK_FACTS_OURS:
    disk->phase = DISK_OURS;
    if (disk->claim == DISK_CLAIM_MADE)
      disk->claim = DISK_CLAIM_READ;
    look_again (disk, disk_facts_watch (&disk->facts, context->store));
    disk_timers_due (&disk->timers);
    return DISK_GOES_ON;
  case DISK_FACTS_OTHERS:
    disk->phase = DISK_NOT_OURS;
    if (before != DISK_NOT_OURS)
      disk_worker_end_old (&disk->worker, &context->program);
    break;
  default:
    disk->phase = DISK_CONSIDERED;
    look_again (disk, AGAIN_LOOK);
  }
  /* What was another's worker is seen to its end. */
  return disk_facts_gone (&disk->facts, context->store) &&
         disk->worker.link.pid == 0 ? DISK_OVER : DISK_STAYS;
}

/* What was ours may have become another device before its script claims. */
static enum disk_answer
look_once_more (struct disk *disk)
{
  struct store *store = disk->context->store;

  if (disk->claim != DISK_CLAIM_NONE)
    switch (disk_facts_changed (&disk->facts, store)) {
    case 1:
      return DISK_REPLACED;
    case 0:
      disk->claim = DISK_CLAIM_READ;
      break;
    default:
      disk->claim = DISK_CLAIM_MADE; /* it waits */
      look_again (disk, AGAIN_LOOK);
    }
  if (disk->facts.unwatched)
    look_again (disk, disk_facts_watch (&disk->facts, store));
  return DISK_GOES_ON;
}

/* The worker is dead.  If it was another's, now there is room. */
static void
bury_worker (struct disk *disk)
{
  const bool was_told = disk->worker.link.quitting;
  const bool had_rings = disk->worker.rings != HANDSHAKE_RINGS_NONE;
  char how[64], text[DEVICE_ERROR_MAX];

  disk_worker_bury (&disk->worker, how, sizeof how);
  snprintf (text, sizeof text, "the disk's worker %s", how);
  if (was_told)
    disk_timers_due (&disk->timers);
  else if (had_rings)
    break_off (disk, text);
  else
    log_error (disk->facts.name, "the worker %s", how);
  disk_target_begin (&disk->target);
  if (!disk->timers.due)
    disk_timers_retry (&disk->timers, disk_target_delay (&disk->target));
}

/* Returns true if there is another medium than before. */
static bool
look_for_medium (struct disk *disk)
{
  struct disk_target *target = &disk->target;
  char why[DEVICE_ERROR_MAX];

  if (disk->worker.link.state == WORKER_LINK_LATE ||
      !disk_facts_read_medium (&disk->facts, disk->context->store))
    return false;
  disk_target_name (target, &disk->facts, FAILURE_INTO (why)); /* it is one */
  log_info (disk->facts.name, "%s%s", target->uri[0] ? "another medium: "
            : "the medium is ejected", target->uri);
  return true;
}

/* Check the target and find its worker. */
static enum disk_answer
begin_target (struct disk *disk)
{
  const struct spawn_program *program = &disk->context->program;
  char why[DEVICE_ERROR_MAX];

  disk_timers_begun (&disk->timers);
  disk_target_begin (&disk->target);
  if (disk->facts.state.own == HANDSHAKE_INITIALISING &&
      disk_worker_end_old (&disk->worker, program))
    return DISK_GOES_ON; /* it is begun again when that one is dead */
  if (disk_target_name (&disk->target, &disk->facts,
                        FAILURE_INTO (why)) == -1) {
    fail (disk, "%s", why);
    disk_worker_end_old (&disk->worker, program);
    return DISK_GOES_ON;
  }
  return disk_worker_find (&disk->worker, program) ? DISK_WANTS_TARGET
                                                   : DISK_WANTS_WORKER;
}

enum disk_answer
disk_look (struct disk *disk)
{
  enum disk_answer answer;
  bool other_medium;

  disk->marked = false;
  answer = disk->phase == DISK_OURS ? look_once_more (disk) : consider (disk);
  if (answer != DISK_GOES_ON)
    return answer;
  if (disk->worker.link.state == WORKER_LINK_DEAD)
    bury_worker (disk);
  other_medium = look_for_medium (disk);
  if (disk->timers.due || (other_medium && disk->worker.link.fd == -1))
    return begin_target (disk);
  return other_medium ? DISK_WANTS_TARGET : DISK_GOES_ON;
}

bool
disk_start (struct disk *disk, const struct disk *rival)
{
  const struct disk_facts *facts = &disk->facts;
  const struct spawn_program *program = &disk->context->program;

  if (rival && rival->phase == DISK_LEAVING) /* its worker ends */
    disk_timers_retry (&disk->timers, DISK_SOON);
  else if (rival)
    fail (disk, "%s (%s) cannot have the export %.200s: %s (%s) of another VM "
          "writes to it already", facts->name, facts->config.vdev,
          disk->target.uri, rival->facts.name, rival->facts.config.vdev);
  else if (disk_worker_start (&disk->worker, program) == 0) {
    if (facts->state.own == HANDSHAKE_CONNECTED)
      break_off (disk, "the disk was in use, but its worker is gone");
    return true;
  }
  else if (errno == EAGAIN)
    disk_timers_retry (&disk->timers, DISK_SOON);
  else
    fail (disk, "cannot start %s: %s", program->worker, strerror (errno));
  return false;
}

void
disk_postpone (struct disk *disk)
{
  disk_timers_due (&disk->timers);
  disk_mark (disk);
}

void
disk_open (struct disk *disk, const struct tune *tune)
{
  struct message message;

  disk_target_order (&disk->facts, disk->context->settings, &message);
  message.open.tune = *tune;
  if (worker_link_send (&disk->worker.link, &message) == -1)
    fail (disk, "cannot tell the worker to open the target: %s",
          strerror (errno));
}

/* What the worker has said since. */
static void
hear (struct disk *disk)
{
  char why[DEVICE_ERROR_MAX];
  const char *ring_error;
  struct tune tune;

  disk_tune (disk, &tune);
  if (disk_target_hear (&disk->target, &disk->facts, &disk->worker, &tune,
                        FAILURE_INTO (why)) == -1)
    fail (disk, "%s", why);
  ring_error = disk_worker_hear (&disk->worker);
  if (ring_error) {
    break_off (disk, ring_error);
    disk_worker_disconnect (&disk->worker); /* it says so no more then */
  }
}

static void
show (struct disk *disk)
{
  look_again (disk, disk_shown_update (&disk->shown, &disk->facts,
                                       &disk->target, &disk->worker,
                                       &disk->guest, disk->context->store));
}

/* On what terms its guest is served now. */
static void
set_terms (const struct disk *disk, struct disk_guest_terms *terms)
{
  const struct disk_context *context = disk->context;

  terms->store = context->store;
  terms->max_queues = context->settings->max_queues;
  terms->now = ev_now (context->loop);
  disk_tune (disk, &terms->tune);
}

static int
act (struct disk *disk, enum handshake_action action)
{
  struct disk_guest_terms terms;

  if (action == HANDSHAKE_CLOSE)
    show (disk); /* who sees Closing finds the reason */
  set_terms (disk, &terms);
  return disk_guest_act (&disk->guest, &disk->facts, &disk->worker, &terms,
                         action);
}

/* One action.  Returns DISK_GOES_ON if there may be another. */
static enum disk_answer
shake_hands (struct disk *disk)
{
  enum handshake_action action;

  switch (disk_facts_read (&disk->facts, disk->context->store)) {
  case DISK_FACTS_UNREAD:
    look_again (disk, AGAIN_LOOK);
    return DISK_STAYS;
  case DISK_FACTS_GONE:
    return DISK_GOES;
  case DISK_FACTS_REPLACED:
    return DISK_REPLACED;
  default:
    break;
  }
  if (disk->facts.state.frontend == HANDSHAKE_INVALID)
    break_off (disk, "the frontend's state is no state");
  disk_worker_end_strange (&disk->worker, disk->facts.state.own);
  action = disk_guest_next (&disk->guest, &disk->facts, &disk->worker,
                            disk->target.state);
  if (action == HANDSHAKE_WAIT)
    return DISK_STAYS;
  if (act (disk, action) == 0)
    return DISK_GOES_ON;
  if (errno != ENOENT) /* else it is going */
    log_warning (disk->facts.name, "%s: %s", handshake_action_name (action),
                 strerror (errno));
  look_again (disk, AGAIN_LOOK);
  return DISK_STAYS;
}

/* A guest that has the disk is told of another size. */
static void
resize (struct disk *disk)
{
  struct disk_guest_terms terms;

  if (disk->target.state != HANDSHAKE_TARGET_OPEN)
    return;
  set_terms (disk, &terms);
  look_again (disk, disk_guest_resize (&disk->guest, &disk->facts,
                                       &disk->worker, &terms));
}

/* What xen-blkback offered before the script took the device is put right,
 * and a target that failed is tried again.  There is no verdict before.
 */
static void
take_claim (struct disk *disk)
{
  struct disk_guest_terms terms;

  if (disk->claim != DISK_CLAIM_READ)
    return;
  set_terms (disk, &terms);
  if (disk->facts.state.own == HANDSHAKE_INIT_WAIT &&
      disk_guest_offer (&disk->guest, &disk->facts, &terms) == -1) {
    log_warning (disk->facts.name, "cannot write the offer: %s",
                 strerror (errno));
    look_again (disk, AGAIN_LOOK);
    return;
  }
  disk->claim = DISK_CLAIM_NONE;
  if (disk->target.state == HANDSHAKE_TARGET_FAILED) {
    disk_timers_due (&disk->timers);
    disk_mark (disk);
  }
}

enum disk_answer
disk_update (struct disk *disk)
{
  enum disk_answer answer = DISK_GOES_ON;
  unsigned actions;

  hear (disk);
  for (actions = 0; answer == DISK_GOES_ON && actions < ACTIONS_MAX; actions++)
    answer = shake_hands (disk);
  if (answer == DISK_GOES || answer == DISK_REPLACED)
    return answer;
  if (answer == DISK_GOES_ON)
    disk_mark (disk); /* go on in the next turn */
  resize (disk);
  look_again (disk, disk_attached_update (&disk->facts, &disk->worker,
                                          disk->context->store));
  disk_timers_poll_size (&disk->timers, disk->context->settings->resize_poll);
  take_claim (disk);
  worker_link_keep (&disk->worker.link,
                    disk_worker_serves (&disk->worker,
                                        disk->facts.state.own));
  show (disk);
  return DISK_STAYS;
}

void
disk_leave (struct disk *disk)
{
  log_info (disk->facts.name, "removed");
  disk->phase = DISK_LEAVING;
  disk_timers_begun (&disk->timers);
  disk_facts_unwatch (&disk->facts, disk->context->store);
  worker_link_quit (&disk->worker.link);
}

bool
disk_is_over (struct disk *disk, bool succeeded)
{
  struct store *store = disk->context->store;

  disk->marked = false;
  if (!succeeded && disk_shown_remains (&disk->shown)) {
    if (store == NULL || store_lost (store))
      return false; /* all disks are marked once it can be reached again */
    look_again (disk, disk_shown_remove (&disk->shown, &disk->facts, store));
    if (disk_shown_remains (&disk->shown))
      return false;
  }
  return disk->worker.link.state == WORKER_LINK_DEAD;
}

int
disk_adopt (struct disk *disk)
{
  if (worker_link_start (&disk->worker.link, &disk->context->program,
                         false) == 0)
    log_warning (disk->facts.name, "found a worker without a device");
  else if (errno == EAGAIN)
    return -1;
  disk_leave (disk);
  return 0;
}

void
disk_reconnect (struct disk *disk)
{
  if (disk->phase == DISK_OURS)
    look_again (disk, disk_facts_watch (&disk->facts, disk->context->store));
  disk_mark (disk);
}

void
disk_claim (struct disk *disk)
{
  disk->claim = DISK_CLAIM_MADE;
  disk_mark (disk);
}

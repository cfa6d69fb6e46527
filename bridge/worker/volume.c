/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "duties.h"
#include "merge.h"
#include "volume.h"
#include "xenbus/xen-public.h"

static void
again (struct ev_loop *loop, ev_idle *idle, int revents)
{
  (void) loop;
  (void) idle;
  (void) revents;
}

void
volume_init (struct volume *volume, const char *name,
             struct volume_common *common)
{
  memset (volume, 0, sizeof *volume);
  volume->name = name;
  volume->common = common;
  volume->volumes = 1;
  tune_init (&volume->tune);
  policy_init (&volume->policy, &volume->tune);
  throttle_init (&volume->throttle, volume->tune.limits, common->buckets);
  ev_idle_init (&volume->again, again);
}

static bool
is_closing (const struct volume *volume)
{
  return volume->phase > VOLUME_CONNECTED;
}

static void
finish (struct volume *volume, struct request *request, int16_t status)
{
  if (request == volume->barrier)
    volume->barrier = NULL;
  queue_finish (request, status);
}

/* With its members, by what their command came to. */
static void
finish_all (struct volume *volume, struct request *leader, int error)
{
  struct request *member, *next = leader->members;

  leader->members = NULL;
  finish (volume, leader, request_status (leader, error));
  while ((member = next) != NULL) {
    next = member->next;
    finish (volume, member, request_status (member, error));
  }
}

static void
submit (struct volume *volume, struct nbd_command *command)
{
  if (command->op == NBD_CLIENT_FLUSH)
    volume->unflushed = false;
  nbd_client_submit (volume->client, command);
}

/* A write's bytes are in the buffer. */
static void
submit_data (struct volume *volume, struct request *leader)
{
  merge_command (leader, volume->tune.detect_zeroes);
  submit (volume, &leader->command);
}

static bool
fetch (struct request *request)
{
  if (request->io.kind == BLKIF_READ || request->io.kind == BLKIF_DISCARD)
    return true;
  queue_note_fetch (request);
  queue_fetch (request->queue);
  return request->copied;
}

/* Do the next thing that is to be done for a request. */
static void
go_on (struct volume *volume, struct request *request)
{
  switch (duties_next (request)) {
  case DUTY_FLUSH:
    request_command (request, NBD_CLIENT_FLUSH, 0, 0);
    submit (volume, &request->command);
    break;
  case DUTY_DATA:
    if (fetch (request))
      submit_data (volume, request);
    else
      finish (volume, request, BLKIF_RSP_ERROR);
    break;
  case DUTY_SHARED_FLUSH:
    durability_add (&volume->durability, request);
    break;
  case DUTY_NONE:
    finish (volume, request, BLKIF_RSP_OKAY);
    break;
  }
}

/* From the beginning.  The barrier stays where it is: nothing else may start
 * before it.
 */
static void
run_again (struct volume *volume, struct request *request)
{
  queue_plan (request);
  if (request != volume->barrier)
    request_append (&request->queue->again, request);
}

/* Each is to be tried by itself; those whose grants are bad are finished. */
static void
split (struct volume *volume, struct request *leader)
{
  struct request_list list = { NULL, NULL };
  struct request *request;

  merge_split (leader, &list);
  while ((request = request_pop (&list)) != NULL)
    if (request->copied)
      run_again (volume, request);
    else
      finish (volume, request, BLKIF_RSP_ERROR);
}

/* Count and, at a bounded rate, log a command that the server failed. */
static void
note_failure (struct volume *volume, const struct request *request)
{
  char what[DEVICE_ERROR_MAX];
  uint64_t suppressed;

  if (request->command.op == NBD_CLIENT_FLUSH)
    volume->unflushed = true;
  if (request->command.error == ECANCELED)
    return;
  __atomic_add_fetch (&volume->common->errors, 1, __ATOMIC_RELAXED);
  if (!log_quota_pass (&volume->error_quota, ev_now (volume->loop),
                       &suppressed))
    return;
  request_describe_failure (request, FAILURE_INTO (what));
  log_warning (volume->name, "%s; %llu not logged", what,
               (unsigned long long) suppressed);
}

/* The command has failed.  Returns false if the request is parked; else it goes
 * on by command.error.
 */
static bool
judge (struct volume *volume, struct request *request)
{
  note_failure (volume, request);
  return is_closing (volume) ||
         policy_judge (&volume->policy, request, volume->loop,
                       nbd_client_status (volume->client)->state) !=
         POLICY_PARKED;
}

/* A request's NBD command has ended, with command.error. */
static void
command_ended (struct volume *volume, struct request *request)
{
  switch (duties_ended (request)) {
  case DUTIES_SPLIT:
  case DUTIES_AGAIN:
    split (volume, request);
    return;
  case DUTIES_FAILED:
    if (!judge (volume, request))
      return;
    break;
  case DUTIES_DONE:
    /* No flush in between has covered that. */
    volume->unflushed |= request->command.op == NBD_CLIENT_WRITE ||
                         request->command.op == NBD_CLIENT_TRIM;
    break;
  }
  if (request->command.error == 0 && request->duties)
    go_on (volume, request);
  else
    finish_all (volume, request, request->command.error);
}

static void
commands_ended (struct volume *volume, struct request_list *ended)
{
  struct request *request;

  while ((request = request_pop (ended)) != NULL)
    command_ended (volume, request);
}

void
volume_unpark (struct volume *volume)
{
  struct request_list parked = { NULL, NULL };

  policy_clear (&volume->policy, volume->loop, &parked);
  commands_ended (volume, &parked);
}

/* What was taken and not started is not going to be. */
static void
drop (struct volume *volume)
{
  struct request_list kept = { NULL, NULL };
  struct request *request;
  unsigned i;

  for (i = 0; i < volume->nqueues; i++)
    queue_drop (volume->queues[i]);
  throttle_clear (&volume->throttle, &kept);
  while ((request = request_pop (&kept)) != NULL)
    finish (volume, request, BLKIF_RSP_ERROR);
}

/* End all that has not ended.  A barrier at the NBD client is reaped. */
static void
cancel (struct volume *volume)
{
  const unsigned busy = nbd_client_busy (volume->client);
  struct request_list list = { NULL, NULL };
  struct request *barrier = volume->barrier;

  drop (volume);
  if (busy > 0)
    nbd_client_cancel (volume->client);
  durability_cancel (&volume->durability, &list);
  commands_ended (volume, &list);
  if (busy == 0 && volume->barrier == barrier && barrier) {
    barrier->command.error = ECANCELED;
    command_ended (volume, barrier);
  }
}

static void
reap (struct volume *volume)
{
  struct request_list list = { NULL, NULL };
  struct nbd_command *command;

  while ((command = nbd_client_reap (volume->client)) != NULL) {
    if (command == &volume->durability.command) {
      durability_ended (&volume->durability, &list);
      commands_ended (volume, &list);
    }
    else if (command == &volume->asked)
      volume->asked_busy = false;
    else if (command != &volume->flush)
      command_ended (volume, request_of (command));
    else
      volume->unflushed = command->error != 0;
  }
}

/* Pop a request and all that continue it, as far as limits allow. */
static struct request *
pop_merged (struct volume *volume, struct request_list *list)
{
  struct throttle *throttle = &volume->throttle;
  struct merge merge;

  merge_begin (&merge, list);
  throttle_pass (throttle, merge.leader);
  while (merge_continues (&merge, list, volume->merge_max) &&
         throttle_allows (throttle, list->head)) {
    struct request *member = merge_add (&merge, list);

    throttle_pass (throttle, member);
    tally_merged (&member->queue->tally, member);
  }
  if (merge.leader->members)
    queue_grow (merge.leader);
  return merge.leader;
}

/* Start the first request of `list`, with those that continue it. */
static void
start (struct volume *volume, struct request_list *list)
{
  struct request *leader = pop_merged (volume, list), *request;

  if (leader->io.kind == BLKIF_WRITE) {
    duties_next (leader); /* its data */
    queue_note_fetch (leader);
    for (request = leader->members; request; request = request->next)
      queue_note_fetch (request);
    request_append (&leader->queue->writes, leader);
    return;
  }
  leader->copied = true;
  for (request = leader->members; request; request = request->next)
    request->copied = true;
  if (leader->io.kind == BLKIF_BARRIER) {
    volume->barrier = leader; /* the round runs it when all else is done */
    volume->barriers++;
  }
  else
    go_on (volume, leader);
}

/* They have waited for one grant copy for all of them. */
static void
start_writes (struct volume *volume, struct queue *queue)
{
  const bool zeroes = volume->tune.detect_zeroes != TUNE_ZEROES_OFF;
  struct request *leader;

  queue_fetch (queue);
  while ((leader = request_pop (&queue->writes)) != NULL) {
    if (merge_all_copied (leader) && !(zeroes && merge_half_zero (leader)))
      submit_data (volume, leader);
    else
      split (volume, leader);
  }
}

/* What was taken from this ring, up to a barrier, and what was split or parked
 * goes first.  Returns true if anything was started.
 */
static bool
start_queue (struct volume *volume, unsigned ring)
{
  struct queue *queue = volume->queues[ring];
  struct request *request;
  bool any = false;

  while ((request = request_pop (&queue->again)) != NULL) {
    any = true;
    go_on (volume, request);
  }
  while (queue->taken.head && volume->barrier == NULL) {
    if (throttle_must_keep (&volume->throttle, ring, queue->taken.head))
      throttle_keep (&volume->throttle, ring, request_pop (&queue->taken));
    else {
      start (volume, &queue->taken);
      any = true;
    }
  }
  start_writes (volume, queue);
  return any;
}

/* All that may start now. */
static bool
start_all (struct volume *volume)
{
  struct throttle *throttle = &volume->throttle;
  struct request_list *list;
  bool any = false;
  unsigned i;

  throttle_begin (throttle, throttle_time (throttle), is_closing (volume));
  if (!volume->policy.stopped) {
    while ((list = throttle_next (throttle)) != NULL) {
      start (volume, list);
      any = true;
    }
    for (i = 0; i < volume->nqueues; i++)
      any |= start_queue (volume, (volume->first + i) % volume->nqueues);
  }
  throttle_end (throttle, volume->loop);
  return any;
}

/* A barrier that has started is itself at the NBD client or parked. */
bool
volume_at_rest (const struct volume *volume)
{
  unsigned i;

  for (i = 0; i < volume->nqueues; i++)
    if (volume->queues[i]->again.head)
      return false;
  return nbd_client_busy (volume->client) == 0 &&
         throttle_idle (&volume->throttle) &&
         durability_idle (&volume->durability) &&
         policy_idle (&volume->policy);
}

/* The other volumes of the disk have a say. */
static void
start_barrier (struct volume *volume)
{
  if (volume->barrier && !volume->policy.stopped &&
      (volume->volumes == 1 || volume->allowed == volume->barriers) &&
      volume_at_rest (volume))
    go_on (volume, volume->barrier);
}

/* What was parked and is so no longer, by itself, before anything new. */
static void
take_due (struct volume *volume)
{
  struct request *request;

  policy_turn (&volume->policy);
  while ((request = request_pop (&volume->policy.due)) != NULL)
    run_again (volume, request);
}

static bool
may_take (const struct volume *volume)
{
  return volume->phase == VOLUME_CONNECTED && !volume->paused &&
         !volume->policy.stopped;
}

/* One time through everything.  Returns true if anything moved. */
static bool
round_once (struct volume *volume)
{
  bool taken = false, moved = false;
  struct nbd_command *flush;
  unsigned i;

  if (may_take (volume))
    for (i = 0; i < volume->nqueues; i++)
      taken |= queue_take (volume->queues[(volume->first + i) %
                                          volume->nqueues]);
  volume->first++;
  volume->used |= taken;
  if (volume->phase == VOLUME_CANCELLING)
    cancel (volume);
  take_due (volume);
  moved |= start_all (volume);
  start_barrier (volume);
  if ((flush = durability_next (&volume->durability)) != NULL)
    submit (volume, flush);
  moved |= flush != NULL;
  moved |= nbd_client_turn (volume->client);
  reap (volume);
  for (i = 0; i < volume->nqueues; i++)
    moved |= queue_answer (volume->queues[i]);
  return taken || moved;
}

/* Before the loop sleeps.  Returns true if it must not. */
static bool
prepare_to_sleep (struct volume *volume)
{
  bool more = false;
  unsigned i;

  for (i = 0; i < volume->nqueues; i++)
    more |= queue_sleep (volume->queues[i]);
  return more && may_take (volume);
}

void
volume_turn (struct volume *volume)
{
  unsigned rounds = 0;
  bool moved;

  do {
    moved = round_once (volume);
    if (!moved)
      moved = prepare_to_sleep (volume) && round_once (volume);
  } while (moved && ++rounds < VOLUME_ROUNDS);

  if (moved)
    ev_idle_start (volume->loop, &volume->again);
  else
    ev_idle_stop (volume->loop, &volume->again);
}

void
volume_again (struct volume *volume)
{
  ev_idle_start (volume->loop, &volume->again);
}

void
volume_flush (struct volume *volume, struct nbd_command *flush)
{
  memset (flush, 0, sizeof *flush);
  flush->op = NBD_CLIENT_FLUSH;
  nbd_client_submit (volume->client, flush);
  volume_again (volume); /* a turn sends it */
}

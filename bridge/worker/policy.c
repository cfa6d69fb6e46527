/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy.h"

static void
timer_ended (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct policy *policy = timer->data;

  (void) loop;
  (void) revents;
  policy->ended = true;
}

void
policy_init (struct policy *policy, const struct tune *tune)
{
  memset (policy, 0, sizeof *policy);
  policy->tune = tune;
  ev_timer_init (&policy->timer, timer_ended, POLICY_AGAIN, 0);
  policy->timer.data = policy;
}

static bool
is_empty_flush (const struct request *request)
{
  return (request->io.kind == BLKIF_FLUSH ||
          request->io.kind == BLKIF_BARRIER) && request->io.nsegments == 0;
}

static void
stop (struct policy *policy, const char *why,
      enum message_io_status io_status)
{
  if (policy->stopped)
    return;
  policy->stopped = true;
  policy->io_status = io_status;
  snprintf (policy->reason, sizeof policy->reason, "%s", why);
}

/* Nobody has to hear of it: it was to be, or the guest asked for what the
 * server has not, and can do without.
 */
static bool
is_expected (const struct request *request)
{
  const int error = request->command.error;
  const enum blkif_kind kind = request->io.kind;

  return error == ECANCELED ||
         (error == ENOTSUP && kind != BLKIF_READ && kind != BLKIF_WRITE);
}

/* What an operator wants, where it is not "enospc". */
static enum tune_policy
wanted (const struct request *request, const struct tune *tune)
{
  const unsigned policy = request->io.kind == BLKIF_READ
                          ? tune->on_read_error : tune->on_write_error;

  if (policy == TUNE_ENOSPC)
    return request->command.error == ENOSPC ? TUNE_STOP : TUNE_REPORT;
  return policy;
}

static void
retry_flush (struct policy *policy, struct request *request,
             struct ev_loop *loop)
{
  request->tries++;
  request_append (&policy->flushes, request);
  if (ev_is_active (&policy->timer))
    return;
  ev_timer_set (&policy->timer, POLICY_AGAIN, 0);
  ev_timer_start (loop, &policy->timer);
}

/* As if it had gone well. */
static void
pretend (struct request *request)
{
  if (request->io.kind == BLKIF_READ)
    memset (request->data, 0, request->io.length);
  request->command.error = 0;
}

enum policy_verdict
policy_judge (struct policy *policy, struct request *request,
              struct ev_loop *loop, enum nbd_client_state server)
{
  const enum tune_policy want = wanted (request, policy->tune);
  char why[DEVICE_ERROR_MAX];

  if (is_expected (request))
    return POLICY_REPORT;
  if (want != TUNE_STOP && is_empty_flush (request) &&
      request->tries < POLICY_TRIES && server != NBD_CLIENT_GIVEN_UP) {
    retry_flush (policy, request, loop);
    return POLICY_PARKED;
  }
  if (want == TUNE_IGNORE)
    pretend (request);
  if (want != TUNE_STOP)
    return want == TUNE_IGNORE ? POLICY_IGNORE : POLICY_REPORT;
  request->tries = 0;
  request_append (&policy->parked, request);
  request_describe_failure (request, FAILURE_INTO (why));
  stop (policy, why, request->command.error == ENOSPC ? MESSAGE_IO_NOSPACE
                                                      : MESSAGE_IO_FAILED);
  return POLICY_PARKED;
}

void
policy_stop (struct policy *policy, const char *why)
{
  stop (policy, why, MESSAGE_IO_OK);
}

static void
go_on (struct policy *policy)
{
  policy->stopped = false;
  policy->io_status = MESSAGE_IO_OK;
  policy->reason[0] = '\0';
}

void
policy_resume (struct policy *policy)
{
  if (!policy->stopped)
    return;
  go_on (policy);
  request_append_all (&policy->due, &policy->parked);
}

void
policy_turn (struct policy *policy)
{
  if (!policy->ended || policy->stopped)
    return;
  policy->ended = false;
  request_append_all (&policy->due, &policy->flushes);
}

bool
policy_idle (const struct policy *policy)
{
  return policy->parked.head == NULL && policy->flushes.head == NULL &&
         policy->due.head == NULL;
}

uint64_t
policy_reach (const struct policy *policy, uint64_t end)
{
  end = request_reach (&policy->parked, end);
  end = request_reach (&policy->flushes, end);
  return request_reach (&policy->due, end);
}

void
policy_clear (struct policy *policy, struct ev_loop *loop,
              struct request_list *list)
{
  struct request_list all = policy->due;
  struct request *request;

  ev_timer_stop (loop, &policy->timer);
  policy->ended = false;
  go_on (policy);
  policy->due = (struct request_list) { NULL, NULL };
  request_append_all (&all, &policy->parked);
  request_append_all (&all, &policy->flushes);
  for (request = all.head; request; request = request->next)
    request->command.error = ECANCELED;
  request_append_all (list, &all);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "medium.h"
#include "nbd-client/target.h"

/* Read the target.  Returns 1, 0 for no medium, or -1 with an error. */
static int
parse (struct medium *medium, struct nbd_target *target)
{
  if (medium->removable && medium->target[0] == '\0')
    return 0;
  return nbd_target_parse (medium->target, target,
                           FAILURE_INTO (medium->error)) == -1 ? -1 : 1;
}

static void
set_target (struct medium *medium, const struct message_open *open)
{
  memcpy (medium->target, open->target, sizeof medium->target);
}

static void
open_again (struct medium *medium, const struct lanes *lanes,
            const struct message_open *open)
{
  if (strcmp (medium->target, open->target) == 0 &&
      medium->read_only == open->options.read_only)
    return;
  if (!open->removable || !medium->read_only || !open->options.read_only ||
      !lanes_are_one (lanes)) {
    snprintf (medium->error, sizeof medium->error,
              "the worker serves another target");
    return;
  }
  set_target (medium, open);
  medium->removable = true;
  medium->state = MEDIUM_CHANGING;
}

static void
open_first (struct medium *medium, struct lanes *lanes,
            const struct message_open *open)
{
  struct nbd_target target;
  int r;

  set_target (medium, open);
  medium->read_only = open->options.read_only;
  medium->removable = open->removable;
  lanes_prepare (lanes, &open->options,
                 open->removable ? 1 : open->connections, &open->tune);
  r = parse (medium, &target);
  if (r == -1)
    return;
  if (lanes_open (lanes, r ? &target : NULL) == 0)
    medium->state = MEDIUM_OPEN;
  else
    snprintf (medium->error, sizeof medium->error,
              "cannot start the NBD client: %s", strerror (errno));
}

void
medium_open (struct medium *medium, struct lanes *lanes,
             const struct message_open *open)
{
  medium->error[0] = '\0';
  if (medium->state == MEDIUM_NONE)
    open_first (medium, lanes, open);
  else
    open_again (medium, lanes, open);
}

void
medium_turn (struct medium *medium, struct lanes *lanes)
{
  struct nbd_target target;

  if (medium->state != MEDIUM_CHANGING)
    return;
  if (!agreement_drained (&lanes->agreement)) {
    lanes_let_go (lanes);
    return;
  }
  medium->error[0] = '\0';
  lanes_change (lanes, parse (medium, &target) == 1 ? &target : NULL);
  medium->state = MEDIUM_OPEN;
}

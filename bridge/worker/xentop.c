/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "bridge/shared/log.h"
#include "bridge/shared/stats-file.h"
#include "xentop.h"

static void
sum_of_rings (const struct lanes *lanes, struct stats *sum)
{
  struct stats each;
  unsigned i;

  memset (sum, 0, sizeof *sum);
  for (i = 0; i < lanes_stats_rings (lanes); i++) {
    lanes_stats (lanes, i, &each);
    stats_sum (sum, &each);
  }
}

static void
file_due (struct ev_loop *loop, ev_timer *timer, int revents)
{
  struct xentop *xentop = timer->data;
  const uint64_t n = lanes_answered (xentop->lanes);
  struct stats sum;

  (void) revents;
  if (n == xentop->answered && !agreement_active (&xentop->lanes->agreement))
    ev_timer_stop (loop, timer);
  xentop->answered = n;
  sum_of_rings (xentop->lanes, &sum);
  stats_file_write (xentop->file, &sum);
}

void
xentop_init (struct xentop *xentop, struct ev_loop *loop, const char *name,
             const struct lanes *lanes)
{
  struct device_id id;

  memset (xentop, 0, sizeof *xentop);
  xentop->loop = loop;
  xentop->lanes = lanes;
  ev_init (&xentop->timer, file_due);
  xentop->timer.repeat = STATS_FILE_INTERVAL;
  xentop->timer.data = xentop;
  if (device_id_parse (name, &id) == -1 || id.kind != DEVICE_VBD3)
    return;
  xentop->file = stats_file_open (&id);
  if (xentop->file == NULL)
    log_warning (name, "no figures for xentop: cannot make the file in "
                 "/dev/shm: %s", strerror (errno));
}

void
xentop_turn (struct xentop *xentop)
{
  if (xentop->file && !ev_is_active (&xentop->timer) &&
      (agreement_active (&xentop->lanes->agreement) ||
       lanes_answered (xentop->lanes) != xentop->answered))
    ev_timer_again (xentop->loop, &xentop->timer);
}

void
xentop_close (struct xentop *xentop)
{
  ev_timer_stop (xentop->loop, &xentop->timer);
  stats_file_close (xentop->file);
  xentop->file = NULL;
}

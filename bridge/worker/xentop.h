/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The figures of a disk for xentop, in the file that it reads (stats-file.h),
 * for the kind of disk that has one.
 */

#ifndef BRIDGE_XENTOP_H
#define BRIDGE_XENTOP_H

#include <stdint.h>

#include <ev.h>

#include "lanes.h"

struct xentop {
  struct ev_loop *loop;        /* the owner's */
  const struct lanes *lanes;   /* whose figures they are; the owner's */
  struct stats_file *file;     /* NULL: none */
  uint64_t answered;           /* requests that the file tells of */
  ev_timer timer;              /* runs while there is something to tell */
};

/* Make the file for the disk `name`, "vbd3/3/51712"; that it cannot be made is
 * logged.
 */
extern void xentop_init (struct xentop *xentop, struct ev_loop *loop,
                         const char *name, const struct lanes *lanes);

/* See whether there is something to tell; it is written in a while. */
extern void xentop_turn (struct xentop *xentop);

/* Stop all watchers, remove the file. */
extern void xentop_close (struct xentop *xentop);

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker's main thread and a lane say to each other.
 *
 * The main thread orders how it wants a lane to be, the lane reports how it is.
 * Both are structs that are copied whole, and both are rare: no request takes
 * this way.  A report says which order it was made under, so what it says is
 * known to be of before or after.
 */

#ifndef BRIDGE_ORDER_H
#define BRIDGE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/shared/message.h"
#include "bridge/shared/tune.h"
#include "nbd-client/client.h"
#include "xenbus/device.h"

#define LANES_MAX TUNE_CONNECTIONS_MAX /* of one disk */

struct lane_order {
  unsigned number;           /* of this order; each has a higher one */
  const struct message_connect *rings; /* to be served, until it is NULL: then
                              * they are given back.  It stays as it is as long
                              * as a lane is connected */
  unsigned first, volumes;   /* which of them: see session_connect */
  struct tune tune;          /* but for its sector size */
  bool paused;               /* take nothing from the rings */
  bool stopped;              /* take nothing and start nothing: see policy.h */
  char why[DEVICE_ERROR_MAX]; /* it is to be stopped */
  unsigned resumes;          /* how often it was to go on */
  uint64_t barrier;          /* the number of the one that may run */
  unsigned flushes;          /* that an operator has asked for */
  unsigned looks;            /* at the export's size, that were asked for */
  bool may_shrink;           /* a look may find an export that is smaller */
  uint64_t floor;            /* bytes that it has to have then */
};

struct lane_report {
  unsigned serial;           /* of this report */
  unsigned number;           /* of the order that was obeyed last */
  bool connected;            /* there are rings */
  bool broken;               /* the guest has made a mess of one */
  bool persistent;           /* the guest's grants are kept */
  char ring_error[DEVICE_ERROR_MAX]; /* why there are none; or "" */
  bool stopped;              /* see policy.h */
  unsigned io_status;        /* enum message_io_status: why it is stopped */
  char why[DEVICE_ERROR_MAX]; /* it is stopped, in words; or "" */
  uint64_t barrier;          /* the number of one that waits or runs, or 0 */
  bool quiet;                /* it takes nothing, and session_quiet */
  bool drained;              /* it takes nothing, and nothing is in flight */
  bool unsent;               /* it takes nothing; nothing is at the server */
  bool active;               /* it had requests in the last second or two */
  unsigned in_flight;        /* requests; 0 while it takes some */
  uint64_t reach;            /* the end of what waits for the server, in bytes;
                              * 0 while it takes some */
  unsigned flushes, looks;   /* as in the order, when they are done */
  int flush_error;           /* of the last flush */
  bool has_export;
  struct nbd_client_export export;
  struct nbd_client_status server;
};

#endif

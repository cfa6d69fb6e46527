/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How much may happen in a time, as an operator sets it.
 */

#ifndef BRIDGE_SHARED_RATE_H
#define BRIDGE_SHARED_RATE_H

#include <stdint.h>

/* Nanoseconds of the rate that a burst may be. */
#define RATE_BURST_DEFAULT 100000000u     /* where none is set */
#define RATE_BURST_MIN      10000000u     /* timers are no better */
#define RATE_BURST_MAX   3600000000000u   /* an hour */

struct rate {
  uint64_t rate;   /* a second; 0: no limit */
  uint64_t burst;  /* at once; 0: RATE_BURST_DEFAULT of the rate */
};

#endif

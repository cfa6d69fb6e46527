/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How a client behaves.
 */

#ifndef NBD_CLIENT_OPTIONS_H
#define NBD_CLIENT_OPTIONS_H

#include <stdbool.h>

struct nbd_client_options {
  bool read_only;          /* never send a write or trim */
  double connect_timeout;  /* seconds for one attempt, TLS included; > 0 */
  double reconnect_limit;  /* seconds after which held commands fail with EIO,
                            * and new ones at once, while connecting goes on;
                            * 0: for ever */
  double slow_after;       /* seconds at the server that make it "slow" */
  bool structured_replies; /* ask for structured replies */
  bool several;            /* others are connected to the export, too: see
                            * nbd_client_set_several */
};

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a worker tells the operator about its disk, in the log: that it is
 * served, that the server goes and comes back, that the disk is stopped.
 */

#ifndef BRIDGE_NEWS_H
#define BRIDGE_NEWS_H

#include <stdbool.h>

#include "bridge/shared/log.h"
#include "lanes.h"

/* What was told last.  All zero: nothing. */
struct news {
  bool connected, stopped;
  enum nbd_client_state server;
  char reason[NBD_CLIENT_REASON_MAX]; /* of the server's state */
  bool held;                   /* the server is away, whether that was told or
                                * not */
  double held_since;           /* ev_now () when that began */
  struct log_quota server_quota; /* a server may come and go all the time */
  struct log_quota refused_quota; /* what a wrong server says is not to be lost
                                * among comings and goings */
  struct log_quota stop_quota; /* a guest may make it stop again and again */
};

/* Tell what has changed of the disk `name`; `now` is ev_now ().  Returns false
 * if something was kept back, since too much is told: ask again in a while,
 * whether it is still so then.
 */
extern bool news_tell (struct news *news, const char *name,
                       const struct lanes *lanes, double now);

#endif

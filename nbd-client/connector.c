/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A TCP connect to a host name: see connector.h.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "connector.h"
#include "errand.h"
#include "libnbd-error.h"
#include "status.h"
#include "target-fields.h"

/* The thread's; afterwards the waiter's. */
struct attempt {
  struct errand_work work;
  struct nbd_handle *nbd;   /* until it is taken */
  char host[NBD_TARGET_HOST_MAX + 1];
  char port[sizeof "4294967295"];
  char reason[NBD_CLIENT_REASON_MAX];  /* "": it is connecting */
  bool refused;
};

struct connector {
  struct errand *errand;
  struct attempt *attempt;  /* the errand's */
};

static void
attempt_run (struct errand_work *work)
{
  struct attempt *attempt = (struct attempt *) work;

  if (nbd_aio_connect_tcp (attempt->nbd, attempt->host, attempt->port) == -1)
    attempt->refused = libnbd_error_set (FAILURE_INTO (attempt->reason));
}

static void
attempt_clear (struct errand_work *work)
{
  struct attempt *attempt = (struct attempt *) work;

  if (attempt->nbd)
    nbd_close (attempt->nbd);
}

struct connector *
connector_new (struct ev_loop *loop, struct nbd_handle *nbd,
               const char *host, const char *port)
{
  struct connector *connector = calloc (1, sizeof *connector);
  struct attempt *attempt = calloc (1, sizeof *attempt);

  if (!connector || !attempt) {
    nbd_close (nbd);
    free (attempt);
    free (connector);
    errno = ENOMEM;
    return NULL;
  }
  attempt->work.run = attempt_run;
  attempt->work.clear = attempt_clear;
  attempt->nbd = nbd;
  text_copy (attempt->host, sizeof attempt->host, host);
  text_copy (attempt->port, sizeof attempt->port, port);
  connector->attempt = attempt;
  connector->errand = errand_new (loop, &attempt->work);
  if (!connector->errand) {
    connector_free (connector);
    return NULL;
  }
  return connector;
}

struct nbd_handle *
connector_take (struct connector *connector, bool *refused,
                struct failure *failure)
{
  struct nbd_handle *nbd;

  if (!errand_done (connector->errand))
    return NULL;
  nbd = connector->attempt->nbd;
  connector->attempt->nbd = NULL;
  if (connector->attempt->reason[0])
    failure_set (failure, "%s", connector->attempt->reason);
  *refused = connector->attempt->refused;
  return nbd;
}

void
connector_free (struct connector *connector)
{
  if (!connector)
    return;
  errand_free (connector->errand);
  free (connector);
}

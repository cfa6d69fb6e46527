/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A TCP connect to a host name: see named.h.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "errand.h"
#include "named.h"
#include "target.h"

/* The thread's; afterwards the waiter's. */
struct named_connect {
  struct errand_work work;
  struct nbd_handle *nbd;   /* until it is taken */
  char host[NBD_TARGET_HOST_MAX + 1];
  char port[sizeof "4294967295"];
  char reason[NBD_CLIENT_REASON_MAX];  /* "": it is connecting */
  bool refused;
};

struct named {
  struct errand *errand;
  struct named_connect *connect;  /* the errand's */
};

bool
named_copy_error (char *reason, size_t size)
{
  const char *text = nbd_get_error ();
  const char *colon;
  bool refused;

  if (!text || !text[0])
    text = "the connection was lost";
  refused = strstr (text, "handshake: ");
  colon = strstr (text, ": ");
  if (strncmp (text, "nbd_", 4) == 0 && colon)
    text = colon + 2;
  if (strncmp (text, "handshake: ", 11) == 0)
    text += 11;
  snprintf (reason, size, "%s", text);
  return refused;
}

static void
named_connect_run (struct errand_work *work)
{
  struct named_connect *connect = (struct named_connect *) work;

  if (nbd_aio_connect_tcp (connect->nbd, connect->host, connect->port) == -1)
    connect->refused = named_copy_error (connect->reason,
                                         sizeof connect->reason);
}

static void
named_connect_clear (struct errand_work *work)
{
  struct named_connect *connect = (struct named_connect *) work;

  if (connect->nbd)
    nbd_close (connect->nbd);
}

struct named *
named_new (struct ev_loop *loop, struct nbd_handle *nbd,
           const char *host, const char *port)
{
  struct named *named = calloc (1, sizeof *named);
  struct named_connect *connect = calloc (1, sizeof *connect);

  if (!named || !connect) {
    nbd_close (nbd);
    free (connect);
    free (named);
    errno = ENOMEM;
    return NULL;
  }
  connect->work.run = named_connect_run;
  connect->work.clear = named_connect_clear;
  connect->nbd = nbd;
  snprintf (connect->host, sizeof connect->host, "%s", host);
  snprintf (connect->port, sizeof connect->port, "%s", port);
  named->connect = connect;
  named->errand = errand_new (loop, &connect->work);
  if (!named->errand) {
    named_free (named);
    return NULL;
  }
  return named;
}

struct nbd_handle *
named_take (struct named *named, char *reason, size_t size, bool *refused)
{
  struct nbd_handle *nbd;

  if (!errand_done (named->errand))
    return NULL;
  nbd = named->connect->nbd;
  named->connect->nbd = NULL;
  snprintf (reason, size, "%s", named->connect->reason);
  *refused = named->connect->refused;
  return nbd;
}

void
named_free (struct named *named)
{
  if (!named)
    return;
  errand_free (named->errand);
  free (named);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A host name's addresses: see resolve.h.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "errand.h"
#include "resolve.h"
#include "target-fields.h"

/* The thread's; afterwards the waiter's. */
struct lookup {
  struct errand_work work;
  char host[NBD_TARGET_HOST_MAX + 1];
  char addresses[RESOLVE_ADDRESSES_MAX][RESOLVE_LITERAL_MAX];
  int count;
  char reason[NBD_TARGET_HOST_MAX + 128];
};

struct resolve {
  struct errand *errand;
  struct lookup *lookup;  /* the errand's */
};

bool
resolve_is_literal (const char *host)
{
  struct in6_addr address;

  return inet_pton (AF_INET, host, &address) == 1 ||
    inet_pton (AF_INET6, host, &address) == 1;
}

static void
lookup_run (struct errand_work *work)
{
  struct lookup *lookup = (struct lookup *) work;
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
  int r;

  r = getaddrinfo (lookup->host, NULL, &hints, &list);
  if (r != 0)
    snprintf (lookup->reason, sizeof lookup->reason,
              "cannot look up the host '%s': %s", lookup->host,
              r == EAI_SYSTEM ? strerror (errno) : gai_strerror (r));
  for (struct addrinfo *ai = r == 0 ? list : NULL; ai; ai = ai->ai_next) {
    if (lookup->count == RESOLVE_ADDRESSES_MAX)
      break;
    if (getnameinfo (ai->ai_addr, ai->ai_addrlen,
                     lookup->addresses[lookup->count], RESOLVE_LITERAL_MAX,
                     NULL, 0, NI_NUMERICHOST) == 0)
      lookup->count++;
  }
  if (list)
    freeaddrinfo (list);
  if (r == 0 && lookup->count == 0)
    snprintf (lookup->reason, sizeof lookup->reason,
              "the host '%s' has no address", lookup->host);
}

/* The struct refers to nothing. */
static void
lookup_clear (struct errand_work *work)
{
  (void) work;
}

struct resolve *
resolve_new (struct ev_loop *loop, const char *host)
{
  struct resolve *resolve = calloc (1, sizeof *resolve);

  if (!resolve)
    return NULL;
  resolve->lookup = calloc (1, sizeof *resolve->lookup);
  if (!resolve->lookup)
    goto err;
  resolve->lookup->work.run = lookup_run;
  resolve->lookup->work.clear = lookup_clear;
  text_copy (resolve->lookup->host, sizeof resolve->lookup->host, host);
  resolve->errand = errand_new (loop, &resolve->lookup->work);
  if (!resolve->errand)
    goto err;
  return resolve;

 err:
  resolve_free (resolve);
  return NULL;
}

int
resolve_count (struct resolve *resolve)
{
  return errand_done (resolve->errand) ? resolve->lookup->count : -1;
}

const char *
resolve_address (struct resolve *resolve, int index)
{
  return resolve->lookup->addresses[index];
}

const char *
resolve_reason (struct resolve *resolve)
{
  return resolve->lookup->reason;
}

void
resolve_free (struct resolve *resolve)
{
  if (!resolve)
    return;
  errand_free (resolve->errand);
  free (resolve);
}

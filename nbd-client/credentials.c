/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * TLS settings of a connection: see credentials.h.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "credentials.h"

bool
credentials_check_name (const struct nbd_target *target)
{
  return target->tls && !target->psk_file[0];
}

static int
set_psk (struct nbd_handle *nbd, const struct nbd_target *target,
         struct failure *failure)
{
  if (!target->user[0])
    return failure_set (failure, "TLS with a key file needs a user"
                        " (nbds://USER@HOST/EXPORT)");
  if (access (target->psk_file, R_OK) == -1)
    return failure_set (failure, "cannot read the key file %s: %s",
                        target->psk_file, strerror (errno));
  if (nbd_set_tls_psk_file (nbd, target->psk_file) == -1 ||
      nbd_set_tls_username (nbd, target->user) == -1)
    return failure_set (failure, "cannot set up TLS: %s", nbd_get_error ());
  return 0;
}

/* libnbd 1.14 takes any server where it has no host name or no CA file. */
static int
set_certificates (struct nbd_handle *nbd, const struct nbd_target *target,
                  struct failure *failure)
{
  char authority[NBD_TARGET_PATH_MAX + sizeof "/ca-cert.pem"];

  if (!target->certificates[0])
    return failure_set (failure, "TLS needs the parameter tls-psk-file or"
                        " tls-certificates");
  if (target->transport != NBD_TARGET_TCP)
    return failure_set (failure,
                        "TLS with certificates works over TCP only: the"
                        " server's name cannot be checked otherwise (use"
                        " tls-psk-file)");
  snprintf (authority, sizeof authority, "%s/ca-cert.pem",
            target->certificates);
  if (access (authority, R_OK) == -1)
    return failure_set (failure,
                        "cannot check the server's certificate: %s: %s",
                        authority, strerror (errno));
  if (nbd_set_tls_certificates (nbd, target->certificates) == -1 ||
      nbd_set_tls_verify_peer (nbd, true) == -1)
    return failure_set (failure, "cannot set up TLS: %s", nbd_get_error ());
  return 0;
}

int
credentials_set (struct nbd_handle *nbd, const struct nbd_target *target,
                 struct failure *failure)
{
  /* libnbd's third choice, ALLOW, goes on in plain text without a word. */
  int tls = target->tls ? LIBNBD_TLS_REQUIRE : LIBNBD_TLS_DISABLE;

  if (nbd_set_tls (nbd, tls) == -1)
    return failure_set (failure, "cannot set up TLS: %s", nbd_get_error ());
  if (!target->tls)
    return 0;
  if (target->psk_file[0])
    return set_psk (nbd, target, failure);
  return set_certificates (nbd, target, failure);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The target parser: any text, and what comes out of it again.
 */

#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "nbd-client/target.h"

#define ERROR_MAX 512
#define URI_MAX   (3 * (NBD_TARGET_EXPORT_MAX + NBD_TARGET_PATH_MAX))

/* A failure says why, and within the memory that it was given. */
static void
check_error (const char *text)
{
  static struct nbd_target target;
  const size_t sizes[] = { 1, 2, 16, ERROR_MAX };
  unsigned i;

  for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    char *error = malloc (sizes[i]);
    struct failure failure = { error, sizes[i] };

    CHECK (error != NULL);
    memset (error, '!', sizes[i]);
    CHECK (nbd_target_parse (text, &target, &failure) == -1);
    CHECK (memchr (error, '\0', sizes[i]) != NULL);
    CHECK (sizes[i] == 1 || error[0] != '\0');
    free (error);
  }
}

static void
check_fields (const struct nbd_target *target)
{
  CHECK (strlen (target->export_name) <= NBD_TARGET_EXPORT_MAX);
  switch (target->transport) {
  case NBD_TARGET_UNIX:
    CHECK (target->socket[0] == '/');
    CHECK (strlen (target->socket) <= NBD_TARGET_SOCKET_MAX);
    break;
  case NBD_TARGET_TCP:
    CHECK (target->host[0] != '\0');
    CHECK (target->port >= 1 && target->port <= 65535);
    break;
  case NBD_TARGET_VSOCK:
    CHECK (target->port >= 1);
    break;
  }
  CHECK (!target->psk_file[0] || (target->tls && target->user[0]));
  CHECK (!target->certificates[0] || target->tls);
}

static void
check_same (const struct nbd_target *a, const struct nbd_target *b)
{
  CHECK (a->transport == b->transport && a->tls == b->tls);
  CHECK (strcmp (a->host, b->host) == 0 && a->port == b->port);
  CHECK (a->cid == b->cid && strcmp (a->socket, b->socket) == 0);
  CHECK (strcmp (a->export_name, b->export_name) == 0);
}

/* The canonical text is understood and is its own canonical text. */
static void
check_canonical (const struct nbd_target *target)
{
  static char uri[URI_MAX], again[URI_MAX];
  static struct nbd_target other;
  char error[ERROR_MAX], *exact;
  size_t length;

  CHECK (nbd_target_format (target, uri, sizeof uri) == 0);
  length = strlen (uri);
  exact = malloc (length + 1);
  CHECK (exact != NULL);
  CHECK (nbd_target_format (target, exact, length) == -1);
  CHECK (nbd_target_format (target, exact, length + 1) == 0);
  CHECK (strcmp (exact, uri) == 0);
  free (exact);

  CHECK (nbd_target_is_nbd (uri));
  if (length > NBD_TARGET_LENGTH_MAX) /* the escapes made it longer */
    return;
  CHECK (nbd_target_parse (uri, &other, FAILURE_INTO (error)) == 0);
  check_same (target, &other);
  CHECK (nbd_target_format (&other, again, sizeof again) == 0);
  CHECK (strcmp (uri, again) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct nbd_target target;
  char *text, error[ERROR_MAX];
  bool is_nbd;

  text = malloc (size + 1);
  CHECK (text != NULL);
  if (size > 0)
    memcpy (text, data, size);
  text[size] = '\0';
  is_nbd = nbd_target_is_nbd (text);
  if (nbd_target_parse (text, &target, FAILURE_INTO (error)) == 0) {
    CHECK (is_nbd);
    check_fields (&target);
    check_canonical (&target);
  }
  else
    check_error (text);
  free (text);
  return 0;
}

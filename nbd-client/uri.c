/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A target written as an NBD URI:
 *   SCHEME://[USER@]AUTHORITY[/EXPORT][?NAME=VALUE[&NAME=VALUE...]]
 */

#include <string.h>
#include <strings.h>

#include "field.h"
#include "uri.h"

/* What each scheme means. */
static const struct scheme {
  const char *name;
  enum nbd_target_transport transport;
  bool tls;
} schemes[] = {
  { "nbd",        NBD_TARGET_TCP,   false },
  { "nbds",       NBD_TARGET_TCP,   true },
  { "nbd+unix",   NBD_TARGET_UNIX,  false },
  { "nbds+unix",  NBD_TARGET_UNIX,  true },
  { "nbd+vsock",  NBD_TARGET_VSOCK, false },
  { "nbds+vsock", NBD_TARGET_VSOCK, true },
};

static int
uri_scheme (const char *text, size_t length, struct nbd_target *target,
            struct failure *failure)
{
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
    if (strlen (schemes[i].name) == length &&
        strncasecmp (schemes[i].name, text, length) == 0) {
      target->transport = schemes[i].transport;
      target->tls = schemes[i].tls;
      return 0;
    }
  }
  return failure_set (failure,
                      "the scheme '%.*s' is unknown (allowed: nbd, nbds,"
                      " nbd+unix, nbds+unix, nbd+vsock, nbds+vsock)",
                      field_echo (length), text);
}

/* The user, up to the first @ of `text`.  Returns where the host begins,
 * or NULL on error.
 */
static const char *
uri_user (const char *text, size_t length, struct nbd_target *target,
          struct failure *failure)
{
  const char *at = memchr (text, '@', length);
  size_t user = at ? (size_t) (at - text) : 0;

  if (!at)
    return text;
  if (!target->tls) {
    failure_set (failure, "the user '%.*s' needs TLS (scheme nbds)",
                 field_echo (user), text);
    return NULL;
  }
  if (memchr (text, ':', user)) {
    failure_set (failure, "a password after the user is not allowed");
    return NULL;
  }
  if (field_unescape ("user", text, user, target->user, NBD_TARGET_HOST_MAX,
                      failure) == -1)
    return NULL;
  return at + 1;
}

static int
uri_vsock (const char *text, size_t length, struct nbd_target *target,
           struct failure *failure)
{
  const char *colon = memchr (text, ':', length);
  size_t cid = colon ? (size_t) (colon - text) : length;

  target->port = NBD_TARGET_PORT;
  if (field_number ("vsock CID", text, cid, 0, UINT32_MAX - 1, &target->cid,
                    failure) == -1)
    return -1;
  if (!colon || cid + 1 == length)
    return 0;
  return field_number ("vsock port", colon + 1, length - cid - 1, 1,
                       UINT32_MAX - 1, &target->port, failure);
}

/* What stands between "//" and the path. */
static int
uri_authority (const char *text, size_t length, struct nbd_target *target,
               struct failure *failure)
{
  const char *host = uri_user (text, length, target, failure);

  if (!host)
    return -1;
  length -= (size_t) (host - text);
  switch (target->transport) {
  case NBD_TARGET_TCP:
    return field_host_port (target, host, length, failure);
  case NBD_TARGET_VSOCK:
    return uri_vsock (host, length, target, failure);
  case NBD_TARGET_UNIX:
    break;
  }
  if (length > 0)
    return failure_set (failure, "the host '%.*s' does not belong to a Unix"
                        " socket (nbd+unix:///EXPORT?socket=PATH)",
                        field_echo (length), host);
  return 0;
}

/* socket=, whose escaped text is `value`. */
static int
uri_socket (const char *value, size_t length, struct nbd_target *target,
            struct failure *failure)
{
  char path[NBD_TARGET_PATH_MAX + 1];

  if (target->transport != NBD_TARGET_UNIX)
    return failure_set (failure, "the parameter 'socket' is only for nbd+unix"
                        " and nbds+unix");
  if (target->socket[0])
    return failure_set (failure, "the parameter 'socket' is given twice");
  if (field_unescape ("socket path", value, length, path, NBD_TARGET_PATH_MAX,
                      failure) == -1)
    return -1;
  return field_socket (target, path, strlen (path), failure);
}

/* tls-psk-file= or tls-certificates=, to be stored in `out`. */
static int
uri_tls_file (const char *name, const char *value, size_t length,
              const struct nbd_target *target, char *out,
              struct failure *failure)
{
  if (!target->tls)
    return failure_set (failure, "the parameter '%s' needs TLS (scheme nbds)",
                        name);
  if (out[0])
    return failure_set (failure, "the parameter '%s' is given twice", name);
  if (field_unescape (name, value, length, out, NBD_TARGET_PATH_MAX,
                      failure) == -1)
    return -1;
  if (out[0] != '/')
    return failure_set (failure,
                        "the path in '%s' is not absolute (it must begin"
                        " with '/')", name);
  return 0;
}

static int
uri_parameter (const char *text, size_t length, struct nbd_target *target,
               struct failure *failure)
{
  const char *equals = memchr (text, '=', length);
  size_t name = equals ? (size_t) (equals - text) : length;
  const char *value = equals ? equals + 1 : text + length;
  size_t rest = (size_t) (text + length - value);

#define IS(literal) \
  (name == sizeof literal - 1 && memcmp (text, literal, name) == 0)
  if (IS ("socket"))
    return uri_socket (value, rest, target, failure);
  if (IS ("tls-psk-file"))
    return uri_tls_file ("tls-psk-file", value, rest, target, target->psk_file,
                         failure);
  if (IS ("tls-certificates"))
    return uri_tls_file ("tls-certificates", value, rest, target,
                         target->certificates, failure);
#undef IS
  return failure_set (failure,
                      "the parameter '%.*s' is unknown (allowed: socket,"
                      " tls-psk-file, tls-certificates)", field_echo (name),
                      text);
}

/* What stands after the '?'. */
static int
uri_query (const char *query, struct nbd_target *target,
           struct failure *failure)
{
  while (*query) {
    size_t length = strcspn (query, "&;");

    if (length > 0 && uri_parameter (query, length, target, failure) == -1)
      return -1;
    query += length;
    if (*query)
      query++;
  }
  return 0;
}

/* What one part alone cannot tell. */
static int
uri_check (const struct nbd_target *target, struct failure *failure)
{
  if (target->transport == NBD_TARGET_UNIX && !target->socket[0])
    return failure_set (failure, "the parameter 'socket' is missing"
                        " (nbd+unix:///EXPORT?socket=PATH)");
  if (target->psk_file[0] && target->certificates[0])
    return failure_set (failure, "only one of 'tls-psk-file' and"
                        " 'tls-certificates' is allowed");
  if (target->psk_file[0] && !target->user[0])
    return failure_set (failure, "'tls-psk-file' needs a user"
                        " (nbds://USER@HOST/EXPORT)");
  return 0;
}

int
uri_parse (const char *uri, struct nbd_target *target, struct failure *failure)
{
  const char *colon = strchr (uri, ':'), *fragment = strchr (uri, '#');
  const char *authority = colon + 3, *path, *query;

  if (fragment)
    return failure_set (failure,
                        "the fragment '%.*s' is not allowed (in a name"
                        " write %%23 for #)", field_echo (strlen (fragment)),
                        fragment);
  if (uri_scheme (uri, (size_t) (colon - uri), target, failure) == -1)
    return -1;
  path = authority + strcspn (authority, "/?");
  query = path + strcspn (path, "?");
  if (uri_authority (authority, (size_t) (path - authority), target,
                     failure) == -1)
    return -1;
  /* The path's first slash only ends the authority. */
  if (*path == '/')
    path++;
  if (field_unescape ("export name", path, (size_t) (query - path),
                      target->export_name, NBD_TARGET_EXPORT_MAX,
                      failure) == -1)
    return -1;
  if (*query && uri_query (query + 1, target, failure) == -1)
    return -1;
  return uri_check (target, failure);
}

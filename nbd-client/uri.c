/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A target written as an NBD URI:
 *   SCHEME://[USER@]AUTHORITY[/EXPORT][?NAME=VALUE[&NAME=VALUE...]]
 */

#include <string.h>
#include <strings.h>

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
uri_scheme (struct part_error *error, const char *text, size_t length,
            struct nbd_target *target)
{
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
    if (strlen (schemes[i].name) == length &&
        strncasecmp (schemes[i].name, text, length) == 0) {
      target->transport = schemes[i].transport;
      target->tls = schemes[i].tls;
      return 0;
    }
  }
  return part_fail (error, "the scheme '%.*s' is unknown (allowed: nbd, nbds,"
                    " nbd+unix, nbds+unix, nbd+vsock, nbds+vsock)",
                    part_echo (length), text);
}

/* The user, up to the first @ of `text`.  Returns where the host begins,
 * or NULL on error.
 */
static const char *
uri_user (struct part_error *error, const char *text, size_t length,
          struct nbd_target *target)
{
  const char *at = memchr (text, '@', length);
  size_t user = at ? (size_t) (at - text) : 0;

  if (!at)
    return text;
  if (!target->tls) {
    part_fail (error, "the user '%.*s' needs TLS (scheme nbds)",
               part_echo (user), text);
    return NULL;
  }
  if (memchr (text, ':', user)) {
    part_fail (error, "a password after the user is not allowed");
    return NULL;
  }
  if (part_unescape (error, "user", text, user, target->user,
                     NBD_TARGET_HOST_MAX) == -1)
    return NULL;
  return at + 1;
}

static int
uri_vsock (struct part_error *error, const char *text, size_t length,
           struct nbd_target *target)
{
  const char *colon = memchr (text, ':', length);
  size_t cid = colon ? (size_t) (colon - text) : length;

  target->port = NBD_TARGET_PORT;
  if (part_number (error, "vsock CID", text, cid, 0, UINT32_MAX - 1,
                   &target->cid) == -1)
    return -1;
  if (!colon || cid + 1 == length)
    return 0;
  return part_number (error, "vsock port", colon + 1, length - cid - 1, 1,
                      UINT32_MAX - 1, &target->port);
}

/* What stands between "//" and the path. */
static int
uri_authority (struct part_error *error, const char *text, size_t length,
               struct nbd_target *target)
{
  const char *host = uri_user (error, text, length, target);

  if (!host)
    return -1;
  length -= (size_t) (host - text);
  switch (target->transport) {
  case NBD_TARGET_TCP:
    return part_host_port (error, target, host, length);
  case NBD_TARGET_VSOCK:
    return uri_vsock (error, host, length, target);
  case NBD_TARGET_UNIX:
    break;
  }
  if (length > 0)
    return part_fail (error, "the host '%.*s' does not belong to a Unix"
                      " socket (nbd+unix:///EXPORT?socket=PATH)",
                      part_echo (length), host);
  return 0;
}

/* socket=, whose escaped text is `value`. */
static int
uri_socket (struct part_error *error, const char *value, size_t length,
            struct nbd_target *target)
{
  char path[NBD_TARGET_PATH_MAX + 1];

  if (target->transport != NBD_TARGET_UNIX)
    return part_fail (error, "the parameter 'socket' is only for nbd+unix"
                      " and nbds+unix");
  if (target->socket[0])
    return part_fail (error, "the parameter 'socket' is given twice");
  if (part_unescape (error, "socket path", value, length, path,
                     NBD_TARGET_PATH_MAX) == -1)
    return -1;
  return part_socket (error, target, path, strlen (path));
}

/* tls-psk-file= or tls-certificates=, to be stored in `out`. */
static int
uri_tls_file (struct part_error *error, const char *name, const char *value,
              size_t length, const struct nbd_target *target, char *out)
{
  if (!target->tls)
    return part_fail (error, "the parameter '%s' needs TLS (scheme nbds)",
                      name);
  if (out[0])
    return part_fail (error, "the parameter '%s' is given twice", name);
  if (part_unescape (error, name, value, length, out,
                     NBD_TARGET_PATH_MAX) == -1)
    return -1;
  if (out[0] != '/')
    return part_fail (error, "the path in '%s' is not absolute (it must begin"
                      " with '/')", name);
  return 0;
}

static int
uri_parameter (struct part_error *error, const char *text, size_t length,
               struct nbd_target *target)
{
  const char *equals = memchr (text, '=', length);
  size_t name = equals ? (size_t) (equals - text) : length;
  const char *value = equals ? equals + 1 : text + length;
  size_t rest = (size_t) (text + length - value);

#define IS(literal) \
  (name == sizeof literal - 1 && memcmp (text, literal, name) == 0)
  if (IS ("socket"))
    return uri_socket (error, value, rest, target);
  if (IS ("tls-psk-file"))
    return uri_tls_file (error, "tls-psk-file", value, rest, target,
                         target->psk_file);
  if (IS ("tls-certificates"))
    return uri_tls_file (error, "tls-certificates", value, rest, target,
                         target->certificates);
#undef IS
  return part_fail (error, "the parameter '%.*s' is unknown (allowed: socket,"
                    " tls-psk-file, tls-certificates)",
                    part_echo (name), text);
}

/* What stands after the '?'. */
static int
uri_query (struct part_error *error, const char *query,
           struct nbd_target *target)
{
  while (*query) {
    size_t length = strcspn (query, "&;");

    if (length > 0 && uri_parameter (error, query, length, target) == -1)
      return -1;
    query += length;
    if (*query)
      query++;
  }
  return 0;
}

/* What one part alone cannot tell. */
static int
uri_check (struct part_error *error, const struct nbd_target *target)
{
  if (target->transport == NBD_TARGET_UNIX && !target->socket[0])
    return part_fail (error, "the parameter 'socket' is missing"
                      " (nbd+unix:///EXPORT?socket=PATH)");
  if (target->psk_file[0] && target->certificates[0])
    return part_fail (error, "only one of 'tls-psk-file' and"
                      " 'tls-certificates' is allowed");
  if (target->psk_file[0] && !target->user[0])
    return part_fail (error, "'tls-psk-file' needs a user"
                      " (nbds://USER@HOST/EXPORT)");
  return 0;
}

int
uri_parse (struct part_error *error, const char *uri,
           struct nbd_target *target)
{
  const char *colon = strchr (uri, ':'), *fragment = strchr (uri, '#');
  const char *authority = colon + 3, *path, *query;

  if (fragment)
    return part_fail (error, "the fragment '%.*s' is not allowed (in a name"
                      " write %%23 for #)", part_echo (strlen (fragment)),
                      fragment);
  if (uri_scheme (error, uri, (size_t) (colon - uri), target) == -1)
    return -1;
  path = authority + strcspn (authority, "/?");
  query = path + strcspn (path, "?");
  if (uri_authority (error, authority, (size_t) (path - authority),
                     target) == -1)
    return -1;
  /* The path's first slash only ends the authority. */
  if (*path == '/')
    path++;
  if (part_unescape (error, "export name", path, (size_t) (query - path),
                     target->export_name, NBD_TARGET_EXPORT_MAX) == -1)
    return -1;
  if (*query && uri_query (error, query + 1, target) == -1)
    return -1;
  return uri_check (error, target);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A target, field by field: where a server is, which of its exports is meant,
 * and who asks for it.
 */

#ifndef NBD_CLIENT_TARGET_FIELDS_H
#define NBD_CLIENT_TARGET_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#define NBD_TARGET_EXPORT_MAX 4096  /* bytes of an export name (NBD protocol) */
#define NBD_TARGET_HOST_MAX    255  /* bytes of a host name (RFC 1035) */
#define NBD_TARGET_PATH_MAX   1024  /* bytes of a file name in a URI */
#define NBD_TARGET_SOCKET_MAX  107  /* bytes of a socket's path (sun_path) */
#define NBD_TARGET_PORT      10809  /* IANA's port for NBD */

enum nbd_target_transport {
  NBD_TARGET_UNIX,
  NBD_TARGET_TCP,
  NBD_TARGET_VSOCK,
};

struct nbd_target {
  enum nbd_target_transport transport;
  bool tls;                                   /* nbds: require TLS */
  char host[NBD_TARGET_HOST_MAX + 1];         /* TCP: name or literal, no [] */
  uint32_t cid;                               /* vsock */
  uint32_t port;                              /* TCP (1-65535) and vsock */
  char socket[NBD_TARGET_SOCKET_MAX + 1];     /* Unix: absolute path */
  char export_name[NBD_TARGET_EXPORT_MAX + 1]; /* unescaped, may be "" */
  char user[NBD_TARGET_HOST_MAX + 1];         /* TLS-PSK identity, or "" */
  char psk_file[NBD_TARGET_PATH_MAX + 1];     /* tls-psk-file=, or "" */
  char certificates[NBD_TARGET_PATH_MAX + 1]; /* tls-certificates=, or "" */
};

#endif

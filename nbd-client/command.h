/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A command: what the owner of a client wants done, embedded in its request.
 */

#ifndef NBD_CLIENT_COMMAND_H
#define NBD_CLIENT_COMMAND_H

#include <stdint.h>

#define NBD_CLIENT_TRANSFER_MAX (1 << 20)  /* bytes of one read or write */
#define NBD_CLIENT_BLOCK_MAX    (64 << 10) /* largest minimum block size */
#define NBD_CLIENT_MARGIN       NBD_CLIENT_BLOCK_MAX /* around a buffer */
#define NBD_CLIENT_TRIM_MAX     (1 << 30)  /* bytes of one NBD trim */

enum nbd_client_op {
  NBD_CLIENT_READ,
  NBD_CLIENT_WRITE,
  NBD_CLIENT_FLUSH,
  NBD_CLIENT_TRIM,
};

/* Flags of a write.  A server that lost one of these over a reconnect is
 * asked in other words.
 */
#define NBD_CLIENT_FUA      1u /* it is durable when it ends, by FUA or by a
                                * flush of its own; EINVAL without both */
#define NBD_CLIENT_ZEROES   2u /* all bytes are zero: a server that can write
                                * zeroes is told just that */
#define NBD_CLIENT_MAY_TRIM 4u /* a server that is told of zeroes may leave a
                                * hole */

/* A command, embedded in the owner's request.  The owner fills in the first
 * group and must not touch the struct or the buffer from submit until reap.
 */
struct nbd_command {
  enum nbd_client_op op;
  unsigned flags;      /* NBD_CLIENT_FUA and so on; 0 for all but writes */
  uint64_t offset;     /* bytes; a multiple of 512; 0 for flush */
  uint64_t count;      /* bytes; a multiple of 512; at most
                        * NBD_CLIENT_TRANSFER_MAX for read and write, any
                        * length for trim, 0 for flush */
  char *buffer;        /* `count` bytes, with NBD_CLIENT_MARGIN bytes before
                        * and after that the client may write to, too */
  char *scratch;       /* nbd_client_scratch () bytes, or NULL if that is 0 */

  /* The result: 0 or an errno.  ECANCELED after nbd_client_cancel. */
  int error;
  unsigned connection;       /* status.connects when it ended.  What one that is
                              * lost has written may be lost, and a flush on the
                              * next one does not cover it */

  /* The client's. */
  struct nbd_command *next;  /* on one of the client's lists */
  uint64_t done;             /* bytes that need no further NBD command */
  unsigned stage;            /* of a read-modify-write, see plan.h */
  int64_t cookie;            /* libnbd's, while at the server */
  double since;              /* ev_now () when it was sent */
};

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * An NBD server that says what real servers do not.
 */

#ifndef TESTS_NBD_CLIENT_FAKE_H
#define TESTS_NBD_CLIENT_FAKE_H

#include <stdint.h>

#define FAKE_CONNECTIONS_MAX 4

/* How reads are answered; all else is answered well. */
enum fake_reads {
  FAKE_GOOD,
  FAKE_HALF,      /* structured: half of the data, and done */
  FAKE_NONE,      /* structured: no data, and done */
  FAKE_ODD_ERROR, /* an errno that the protocol does not have */
  FAKE_CUT,       /* half of a simple reply, then the connection ends */
  FAKE_STRANGER,  /* an answer to a command that was never sent */
};

struct fake {
  uint64_t size;
  int structured;  /* takes structured replies */
  /* What the first, second ... connection gets; the last for all others. */
  enum fake_reads reads[FAKE_CONNECTIONS_MAX];
};

/* Serve `fake` on a socket of the servers' folder, in a process that ends
 * with this one or by server_kill.  Returns its id.
 */
extern int fake_start (const char *socket, const struct fake *fake);

#endif

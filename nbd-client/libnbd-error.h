/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What libnbd says went wrong, in words for the operator.
 */

#ifndef NBD_CLIENT_LIBNBD_ERROR_H
#define NBD_CLIENT_LIBNBD_ERROR_H

#include <stdbool.h>

#include "base/failure.h"

/* Put libnbd's last error of this thread into `failure`, without the names of
 * functions in front.  It has to be fetched at once: libnbd forgets it at its
 * next call.
 *
 * Returns true if it is about a handshake: a server was reached, and refuses
 * or cannot do what is asked of it.
 */
extern bool libnbd_error_set (struct failure *failure);

#endif

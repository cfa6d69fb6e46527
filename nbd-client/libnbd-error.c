/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * libnbd's last error: see libnbd-error.h.
 */

#include <string.h>

#include <libnbd.h>

#include "libnbd-error.h"

bool
libnbd_error_set (struct failure *failure)
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
  failure_set (failure, "%s", text);
  return refused;
}

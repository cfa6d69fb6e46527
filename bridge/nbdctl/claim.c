/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl: claim.
 */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "claim.h"
#include "bridge/shared/message-socket.h"
#include "xenbus/device-id.h"

/* Send the claim and wait for the verdict.  Returns 0, or -1 with errno. */
static int
ask_verdict (int fd, struct message *message)
{
  int r;

  if (message_send (fd, message) == -1 ||
      nbdctl_wait (fd, ASK_CLAIM + 5) == -1)
    return -1;
  r = message_receive (fd, message);
  if (r == 1 && message->type == MESSAGE_VERDICT)
    return 0;
  if (r >= 0)
    errno = EPROTO;
  return -1;
}

int
nbdctl_claim (struct tool *tool, char **args)
{
  struct message message = { .type = MESSAGE_CLAIM };
  int fd, r;

  if (device_id_parse (args[0], &message.claim.id) == -1) {
    fprintf (stderr, "%s is no device; one is called KIND/DOMID/DEVID\n",
             args[0]);
    return ASK_USAGE;
  }
  fd = nbdctl_reach (tool);
  if (fd == -1)
    return ASK_NO_DAEMON;
  r = ask_verdict (fd, &message);
  if (r == -1)
    fprintf (stderr, "xen-nbdback does not answer: %s\n", strerror (errno));
  close (fd);
  if (r == -1)
    return ASK_NO_DAEMON;
  if (message.verdict.accepted)
    return ASK_OK;
  fprintf (stderr, "%s\n", message.verdict.text);
  return ASK_REFUSED;
}

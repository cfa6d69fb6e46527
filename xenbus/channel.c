/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "xen-public.h"

#include <xenevtchn.h>

#include "channel.h"

struct channel {
  xenevtchn_handle *handle;
  int port;    /* ours; -1: not bound */
  bool masked; /* since channel_pending returned true */
};

struct channel *
channel_open (uint32_t domid, uint32_t remote_port)
{
  struct channel *channel = calloc (1, sizeof *channel);
  int saved;

  if (channel == NULL)
    return NULL;
  channel->port = -1;
  channel->handle = xenevtchn_open (NULL, 0);
  if (channel->handle == NULL)
    goto err;
  channel->port = xenevtchn_bind_interdomain (channel->handle, domid,
                                              remote_port);
  if (channel->port == -1)
    goto err;
  return channel;

err:
  saved = errno;
  channel_close (channel);
  errno = saved;
  return NULL;
}

void
channel_close (struct channel *channel)
{
  if (channel == NULL)
    return;
  if (channel->port != -1)
    xenevtchn_unbind (channel->handle, channel->port);
  if (channel->handle)
    xenevtchn_close (channel->handle);
  free (channel);
}

int
channel_fd (struct channel *channel)
{
  return xenevtchn_fd (channel->handle);
}

bool
channel_pending (struct channel *channel)
{
  if (xenevtchn_pending (channel->handle) != channel->port)
    return false;
  channel->masked = true;
  return true;
}

void
channel_unmask (struct channel *channel)
{
  if (!channel->masked)
    return;
  channel->masked = false;
  xenevtchn_unmask (channel->handle, channel->port);
}

void
channel_notify (struct channel *channel)
{
  xenevtchn_notify (channel->handle, channel->port);
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * For QEMU's Xen backends on the fake host, preloaded beside libxengnttab
 * and libxenevtchn.  With -machine xenpv -xen-attach QEMU opens three more
 * libraries when it starts, and as long as it only serves a disk it never
 * uses what it opened.  So these give handles that nothing may be done
 * with: a call that is not here goes to the real library and crashes there.
 */

#define _GNU_SOURCE

#include <stddef.h>
#include <sys/mman.h>

#include <xenctrl.h>
#include <xendevicemodel.h>
#include <xenforeignmemory.h>

/* A page that can be neither read nor written. */
static void *
handle_open (void)
{
  void *page = mmap (NULL, XC_PAGE_SIZE, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS,
                     -1, 0);

  return page == MAP_FAILED ? NULL : page;
}

static int
handle_close (void *handle)
{
  return handle ? munmap (handle, XC_PAGE_SIZE) : 0;
}

xc_interface *
xc_interface_open (xentoollog_logger *logger,
                   xentoollog_logger *dombuild_logger, unsigned flags)
{
  (void) logger;
  (void) dombuild_logger;
  (void) flags;
  return handle_open ();
}

int
xc_interface_close (xc_interface *handle)
{
  return handle_close (handle);
}

xenforeignmemory_handle *
xenforeignmemory_open (xentoollog_logger *logger, unsigned flags)
{
  (void) logger;
  (void) flags;
  return handle_open ();
}

int
xenforeignmemory_close (xenforeignmemory_handle *handle)
{
  return handle_close (handle);
}

/* QEMU never closes this one. */
xendevicemodel_handle *
xendevicemodel_open (xentoollog_logger *logger, unsigned flags)
{
  (void) logger;
  (void) flags;
  return handle_open ();
}

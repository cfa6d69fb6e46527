/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The one place that includes Xen's public headers.  io/ring.h takes its
 * barriers from the kernel unless an interface version is set before the
 * first Xen include, so both are here, and nobody includes <xenctrl.h>.
 */

#ifndef XENBUS_XEN_PUBLIC_H
#define XENBUS_XEN_PUBLIC_H

#include <stdatomic.h>
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040d00

#define xen_mb()  atomic_thread_fence (memory_order_seq_cst)
#define xen_rmb() atomic_thread_fence (memory_order_acquire)
#define xen_wmb() atomic_thread_fence (memory_order_release)

#include <xen/grant_table.h>
#include <xen/io/xenbus.h>
#include <xen/io/blkif.h>
#include <xen/io/protocols.h>

#define XEN_PAGE_SIZE 4096u         /* of grants, whatever the hosts use */
#define XEN_DOMID_MAX (0x7ff0u - 1) /* DOMID_FIRST_RESERVED - 1 */

#endif

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What we write into a device's nodes.  Nothing is written where the
 * toolstack's nodes are gone, but for the error node.
 *
 * Each function returns 0, or -1 with errno.
 */

#ifndef XENBUS_DEVICE_WRITE_H
#define XENBUS_DEVICE_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"
#include "handshake.h"
#include "store.h"

/* Write what must be there before InitWait, and that state, in one
 * transaction.  Nodes that another backend left are put right.
 */
extern int device_write_offer (struct store *store,
                               const struct device_paths *paths,
                               unsigned queues_max, unsigned order_max);

/* The disk as the guest is to see it. */
struct device_properties {
  uint64_t sectors;            /* of 512 bytes */
  uint32_t sector_size;        /* bytes */
  uint32_t physical_size;      /* bytes, physical-sector-size */
  uint32_t discard_granularity; /* bytes */
  unsigned indirect;           /* segments that an indirect request may have;
                                * 0: there are no such requests */
  bool persistent;             /* grants are kept, by both sides */
  bool cdrom, removable, read_only;
  bool flush, discard;
};

/* Write the properties and state Connected, in one transaction. */
extern int device_write_properties (struct store *store,
                                    const struct device_paths *paths,
                                    const struct device_properties *properties);

/* Write another size, in sectors of 512 bytes, and state Connected again, which
 * makes frontends look, in one transaction.  ECANCELED: the state is not
 * Connected any more.
 */
extern int device_write_size (struct store *store,
                              const struct device_paths *paths,
                              uint64_t sectors);

/* Write our state. */
extern int device_write_state (struct store *store,
                               const struct device_paths *paths,
                               enum handshake_state state);

/* Tell the operator, and the guest's driver, what is wrong; "" takes it
 * back and leaves no empty directories behind.
 */
extern int device_write_error (struct store *store,
                               const struct device_paths *paths,
                               const char *text);

/* Write a node of the backend directory that is for operators and tools, not
 * for the guest; NULL removes it.
 */
extern int device_write_note (struct store *store,
                              const struct device_paths *paths,
                              const char *name, const char *text);

#endif

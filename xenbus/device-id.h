/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What devices are called: needs no store.
 */

#ifndef XENBUS_DEVICE_ID_H
#define XENBUS_DEVICE_ID_H

#include <stdbool.h>
#include <stdint.h>

/* The backend kinds of libxl that a disk of ours may have. */
enum device_kind {
  DEVICE_VBD,   /* disk=[script=block-nbdback] */
  DEVICE_QDISK, /* backendtype=qdisk */
  DEVICE_VBD3,  /* backendtype=tap, Xen 4.19 and later */
  DEVICE_KINDS
};

/* Which device: backend/KIND/DOMID/DEVID. */
struct device_id {
  enum device_kind kind;
  uint32_t domid;  /* the guest's */
  uint32_t devid;  /* the virtual device number */
};

/* "vbd", "qdisk" or "vbd3". */
extern const char *device_kind_name (enum device_kind kind);

/* Read "KIND/DOMID/DEVID" strictly.  Returns 0 or -1. */
extern int device_id_parse (const char *text, struct device_id *id);

/* Are these the same device? */
extern bool device_id_equal (const struct device_id *a,
                             const struct device_id *b);

#endif

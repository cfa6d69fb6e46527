/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What a part of a disk answers that has to be called again.  It has no timer
 * for that; the disk has: see disk-timers.h.
 */

#ifndef BRIDGE_AGAIN_H
#define BRIDGE_AGAIN_H

enum again {
  AGAIN_NO,    /* not before something has changed */
  AGAIN_LOOK,  /* the store could not be read or written: look once more */
};

#endif

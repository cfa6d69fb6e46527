/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * In the place of xenbus/grants.c and channel.c: a guest in the memory of
 * this process, whose grants are checked as Xen checks them.
 */

#ifndef FAKE_GUEST_H
#define FAKE_GUEST_H

#include <stdbool.h>
#include <stdint.h>

struct input;

#define GUEST_DOMID    7u
#define GUEST_PAGE  4096u
#define GUEST_PAGES   64u /* for data */
#define GUEST_RINGS    2u
#define GUEST_REF   1000u /* grant of the first data page */
#define GUEST_RING_REF 8u /* of the first ring's first page ... */
#define GUEST_RING_STEP 16u /* ... and of the next ring's, after that */
#define GUEST_PORT     5u /* of the first ring */
#define GUEST_FD     100  /* of the first ring's channel */

struct guest_page {
  uint8_t bytes[GUEST_PAGE];
  bool revoked, read_only;
  bool mapped;              /* and then it is neither */
  bool dirty;               /* what is in it is anyone's guess */
  unsigned users;           /* segments of unanswered requests */
};

struct guest_ring {
  uint8_t *memory;          /* what is mapped, at its size on the heap */
  unsigned pages;
  bool mapped, bound;
  bool event, masked;       /* of the channel */
  unsigned notified;        /* times the backend notified us */
};

struct guest {
  struct guest_page pages[GUEST_PAGES];
  struct guest_ring rings[GUEST_RINGS];
  unsigned opened;          /* grant handles */
  unsigned fail_open;       /* the n-th call from now on fails; 0: none */
  unsigned fail_copy;       /* the same for segments that are copied */
};

extern struct guest guest;

extern void guest_init (void);

/* Give the memory back; nothing may be mapped, bound or open. */
extern void guest_end (void);

/* A ring of zeros with `pages` pages. */
extern void guest_new_ring (struct guest_ring *ring, unsigned pages);

/* The data page of this grant, or NULL. */
extern struct guest_page *guest_page (uint32_t ref);

/* Action: give other rights to a page, write there, let a copy fail. */
extern void guest_do_page (struct input *input);

/* Fill a sector with a value, or read it: 0 if it is not all the same. */
extern void sector_fill (void *bytes, uint64_t tag);
extern uint64_t sector_tag (const void *bytes);

#endif

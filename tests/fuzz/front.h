/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The guest's half of the rings, as a driver has it, or a liar.
 */

#ifndef FRONT_H
#define FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-guest.h"
#include "fuzz.h"
#include "xenbus/blkif.h"

struct volume;

struct front {
  uint32_t prod;           /* requests put, some not published yet */
  uint32_t published;
  uint32_t seen;           /* responses published to us */
  bool honest;             /* never lied since the ring was new */
  uint8_t operation;       /* of the last request put ... */
  uint64_t end;            /* ... and the sector behind it */
  unsigned expected;       /* times we should have been notified */
};

struct fronts {
  const struct blkif_abi *abi;
  const struct volume *volume;
  struct front of[GUEST_RINGS];
  unsigned count;
  unsigned late;           /* requests to publish in the midst of a turn */
  bool scribble;           /* over entries that were taken */
  uint64_t next_id;
};

extern struct fronts fronts;

/* New rings, all zero. */
extern void front_new_rings (unsigned pages);

/* Show at most `most` of them to the backend, with an event if it wants one. */
extern void front_publish (struct front *front, unsigned most);

/* When we want to be notified: after so many more responses. */
extern void front_want (struct front *front, unsigned responses);

/* The ring that the input says. */
extern struct front *front_choose (struct input *input);

/* Actions.  Requests that are put are not published yet.
 * put: with the chosen fields; put_indirect: the same; put_next: one that goes on where the last one
 * ends on the disk; put_many: many of these; put_odd: any bytes, or an id
 * twice; lie: indices that a driver never would write, or a published
 * request changed.
 */
extern void front_do_put (struct input *input);
extern void front_do_put_indirect (struct input *input);
extern void front_do_put_next (struct input *input);
extern void front_do_put_many (struct input *input);
extern void front_do_put_odd (struct input *input);
extern void front_do_publish (struct input *input);
extern void front_do_lie (struct input *input);

/* As fake-nbd's in_turn. */
extern void front_in_turn (void);

#endif

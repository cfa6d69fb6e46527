/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One thing that the daemon does for xen-nbdctl, and one question that is being
 * answered.
 */

#ifndef BRIDGE_VERB_H
#define BRIDGE_VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/shared/ask.h"
#include "disks.h"

#define VERB_NOW     0.0 /* seconds; the verb always answers at once */
#define VERB_WORKER  8.0 /* a worker has to answer; WORKER_LINK_PATIENCE and
                          * more */
#define VERB_WAIT_MAX 3600.0 /* of an argument "timeout" */

struct verb;

/* One question being answered. */
struct verb_call {
  struct disks *disks;
  const struct verb *verb;
  struct ask_question question;
  struct device_id id;       /* of the disk that it is about */
  struct ask_answer answer;
  double patience;           /* seconds that it may take; verbs may set it */
  uint64_t mark;             /* the verb's own; 0 at first */
};

struct verb {
  const char *name;
  bool about_disk;           /* the question has to name a disk */
  double patience;           /* as above, at first */
  /* Begin, with the disk or NULL.  Returns true if call->answer is there;
   * it is ASK_OK with no text and no result at first. */
  bool (*begin) (struct verb_call *call, struct disk *disk);
  /* The same, each turn; `disk` is NULL once it is gone.  NULL for a verb
   * that answers at once.  Not called while the disk is marked. */
  bool (*poll) (struct verb_call *call, struct disk *disk);
  /* The time is over: say so in call->answer, and take back what should be.
   * NULL: the answer is "not done in time". */
  void (*late) (struct verb_call *call, struct disk *disk);
};

/* The answer is this, in the words of printf.  Returns true, so that a verb can
 * return it.
 */
extern bool verb_answer (struct verb_call *call, enum ask_code code,
                         const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

/* The argument "timeout", or `seconds` if there is none.  Returns false, with
 * the answer, if it is wrong.
 */
extern bool verb_seconds (struct verb_call *call, double seconds, double *to);

#endif

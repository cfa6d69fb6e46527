/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One blocking call, run off the loop in a thread of its own.
 *
 * Who waits may lose interest at any moment and without waiting: the thread
 * then finishes alone and clears up after itself.
 */

#ifndef NBD_CLIENT_ERRAND_H
#define NBD_CLIENT_ERRAND_H

#include <stdbool.h>

#include <ev.h>

struct errand;

/* What is to be done, embedded as first member in a struct that calloc made
 * and whose memory belongs to the errand.  `run` is called in the thread;
 * `clear` frees what the struct refers to, but not the struct, in whichever
 * thread is the last to need it.
 */
struct errand_work {
  void (*run) (struct errand_work *work);
  void (*clear) (struct errand_work *work);
};

/* Start the thread.  The loop wakes up when it is done.  Takes `work` in
 * any case.  Returns NULL with errno on failure.
 */
extern struct errand *errand_new (struct ev_loop *loop,
                                  struct errand_work *work);

/* Did `run` return?  From then on `work` is the caller's to read. */
extern bool errand_done (struct errand *errand);

/* Never blocks, whether the thread is done or not.  NULL is allowed. */
extern void errand_free (struct errand *errand);

#endif

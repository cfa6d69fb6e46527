/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One blocking call in a thread: see errand.h.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "errand.h"

struct errand {
  struct ev_loop *loop;      /* the waiter's */
  ev_async ready;            /* active as long as somebody waits */
  struct errand_work *work;

  pthread_mutex_t lock;      /* for what follows */
  bool abandoned;            /* nobody waits, the loop may be gone */
  bool done;                 /* `run` returned, the thread needs nothing */
};

static void
errand_destroy (struct errand *errand)
{
  errand->work->clear (errand->work);
  free (errand->work);
  pthread_mutex_destroy (&errand->lock);
  free (errand);
}

static void *
errand_main (void *opaque)
{
  struct errand *errand = opaque;
  bool abandoned;

  errand->work->run (errand->work);

  pthread_mutex_lock (&errand->lock);
  errand->done = true;
  abandoned = errand->abandoned;
  /* Under the lock, so that the loop outlives the call. */
  if (!abandoned)
    ev_async_send (errand->loop, &errand->ready);
  pthread_mutex_unlock (&errand->lock);

  if (abandoned)
    errand_destroy (errand);
  return NULL;
}

/* To wake up the loop is all that it is for. */
static void
errand_ready (struct ev_loop *loop, ev_async *watcher, int events)
{
  (void) loop;
  (void) watcher;
  (void) events;
}

/* Start the thread detached and deaf to signals, which are the owner's.
 * Returns 0 or an errno.
 */
static int
errand_start (struct errand *errand)
{
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, old;
  int error;

  error = pthread_attr_init (&attributes);
  if (error)
    return error;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  error = pthread_create (&thread, &attributes, errand_main, errand);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  pthread_attr_destroy (&attributes);
  return error;
}

struct errand *
errand_new (struct ev_loop *loop, struct errand_work *work)
{
  struct errand *errand = calloc (1, sizeof *errand);
  int error;

  if (!errand) {
    work->clear (work);
    free (work);
    errno = ENOMEM;
    return NULL;
  }
  errand->loop = loop;
  errand->work = work;
  pthread_mutex_init (&errand->lock, NULL);
  ev_async_init (&errand->ready, errand_ready);
  ev_async_start (loop, &errand->ready);

  error = errand_start (errand);
  if (error) {
    errand->done = true;
    errand_free (errand);
    errno = error;
    return NULL;
  }
  return errand;
}

bool
errand_done (struct errand *errand)
{
  bool done;

  pthread_mutex_lock (&errand->lock);
  done = errand->done;
  pthread_mutex_unlock (&errand->lock);
  return done;
}

void
errand_free (struct errand *errand)
{
  bool done;

  if (!errand)
    return;
  pthread_mutex_lock (&errand->lock);
  ev_async_stop (errand->loop, &errand->ready);
  done = errand->done;
  errand->abandoned = true;
  pthread_mutex_unlock (&errand->lock);
  if (done)
    errand_destroy (errand);
}

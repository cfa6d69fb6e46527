/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A connection to xenstore.
 *
 * Paths are absolute, or relative to the own domain's directory.  Calls
 * block until xenstored answers.  Any of them may find that the connection
 * is lost; store_lost tells, and everything after that fails until the
 * store is closed and opened anew.
 */

#ifndef XENBUS_STORE_H
#define XENBUS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_PATH_MAX  3072u /* bytes of a path (xs_wire.h) */
#define STORE_VALUE_MAX 4096u /* bytes of a value (xs_wire.h) */
#define STORE_RETRIES     64u /* of a transaction that met another writer */

struct store;

/* Outside of any transaction. */
#define STORE_NOW 0u

/* Connect.  Starts libxenstore's reader thread, so programs that fork do
 * that with posix_spawn.  Returns NULL with errno.
 */
extern struct store *store_open (void);

/* Disconnect; watches end with it.  NULL is allowed. */
extern void store_close (struct store *store);

/* Is the connection lost? */
extern bool store_lost (const struct store *store);

/* The descriptor to watch for reading: watch events are waiting. */
extern int store_fd (struct store *store);

/* A descriptor that becomes readable when xenstored goes, or -1 where that
 * cannot be known: libxenstore's own descriptor keeps quiet then.
 */
extern int store_hangup_fd (const struct store *store);

/* It has become readable. */
extern void store_hung_up (struct store *store);

/* Watch `path` and what is below it.  An event comes at once, and then for
 * each change.  Returns 0, or -1 with errno.
 */
extern int store_watch (struct store *store, const char *path);

/* Watch `path` no more; it need not be watched. */
extern void store_unwatch (struct store *store, const char *path);

/* Take the next watch event, without blocking.  Copies the changed path
 * into `path` (STORE_PATH_MAX bytes).  Returns false if there is none.
 */
extern bool store_event (struct store *store, char *path);

/* Read the node DIR/NAME as text into `value`, `size` bytes with the NUL.
 *
 * Returns 0, or -1 with errno: ENOENT if there is no such node or it may not
 * be read, EINVAL for text with a NUL in it, E2BIG if it does not fit.
 * `value` is "" then.
 */
extern int store_read (struct store *store, unsigned transaction,
                       const char *dir, const char *name,
                       char *value, size_t size);

/* Read DIR/NAME as a decimal number of at most `max`.  Returns as above,
 * EINVAL also for text that is no such number; `value` is untouched then.
 */
extern int store_read_number (struct store *store, unsigned transaction,
                              const char *dir, const char *name,
                              uint64_t max, uint64_t *value);

/* Does the node exist?  Returns 1 or 0, or -1 with errno if that cannot be
 * said.
 */
extern int store_exists (struct store *store, const char *path);

/* Call `each` with `opaque` and the name of every child of `path`.  Returns 0,
 * also when there is no such node, or -1 with errno.
 */
extern int store_children (struct store *store, unsigned transaction,
                           const char *path,
                           void (*each) (void *opaque, const char *name),
                           void *opaque);

/* Write DIR/NAME, in the words of printf.  Returns 0, or -1 with errno. */
extern int store_write (struct store *store, unsigned transaction,
                        const char *dir, const char *name,
                        const char *format, ...)
  __attribute__ ((format (printf, 5, 6)));

/* Make the directory `path`, if it is not there, so that domain `owner` can
 * do everything in it and domain `reader` read it.  Returns 0, or -1 with
 * errno.
 */
extern int store_make (struct store *store, unsigned transaction,
                       const char *path, uint32_t owner, uint32_t reader);

/* Remove DIR/NAME and what is below it.  Returns 0, also if it was not there,
 * or -1 with errno.
 */
extern int store_remove (struct store *store, unsigned transaction,
                         const char *dir, const char *name);

/* Run `body` in a transaction, again for as long as others get in between
 * (at most STORE_RETRIES times).  A body that returns -1 aborts it.
 *
 * Returns 0 if it was committed, or -1 with errno.
 */
extern int store_transact (struct store *store,
                           int (*body) (struct store *store,
                                        unsigned transaction, void *opaque),
                           void *opaque);

#endif

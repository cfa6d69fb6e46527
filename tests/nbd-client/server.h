/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * NBD servers for the tests: nbdkit processes, and a folder for their
 * sockets and files.  All fail the running test where they cannot do it, and
 * nothing is left when the program ends.
 */

#ifndef TESTS_NBD_CLIENT_SERVER_H
#define TESTS_NBD_CLIENT_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#define SERVERS_MAX 256  /* started by one program, in all */

/* Is `program` in PATH? */
extern bool server_can (const char *program);

/* Ends the program with status 77 if there is no nbdkit.  To be called first;
 * makes the folder.
 */
extern void server_need_nbdkit (void);

/* "FOLDER/name"; valid for the program's life. */
extern const char *server_path (const char *name);

/* Write a file of `size` bytes into the folder, all zero or with `text`. */
extern void server_make_file (const char *name, uint64_t size);
extern void server_make_text (const char *name, const char *text);

/* Run "nbdkit -f -U FOLDER/socket ARGUMENTS..." and wait until it listens.
 * The last argument is NULL.  Returns the process id.
 */
extern int server_start (const char *socket, ...)
  __attribute__ ((sentinel));

/* The same on 127.0.0.1 (or what `address` says) and a free port. */
extern int server_start_tcp (const char *address, unsigned *port, ...)
  __attribute__ ((sentinel));

/* Run any other program until the test's end. */
extern int server_run (const char *const argv[]);

/* As fork (2); the child is one of the servers. */
extern int server_fork (void);

/* Send a signal; wait for the end of a process; both with SIGKILL. */
extern void server_signal (int pid, int signal);
extern void server_wait (int pid);
extern void server_kill (int pid);

/* Times that `text` occurs in a file of the folder. */
extern unsigned server_count (const char *name, const char *text);

#endif

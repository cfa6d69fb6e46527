/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * An NBD server that says what real servers do not: see fake.h.
 */

#include <endian.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake.h"
#include "server.h"

#define OPTION_GO           7
#define OPTION_STRUCTURED   8
#define REPLY_ACK           1u
#define REPLY_INFO          3u
#define REPLY_UNSUPPORTED   0x80000001u
#define SIMPLE_MAGIC        0x67446698u
#define STRUCTURED_MAGIC    0x668e33efu

struct request {
  uint32_t magic;
  uint16_t flags, type;
  uint64_t cookie, offset;
  uint32_t count;
} __attribute__ ((packed));

static char data[32 << 20];  /* what is read and written */
static jmp_buf over;          /* where a connection's end is noticed */

/* Both leave for `over` when the other end is gone. */
static void
get (int fd, void *bytes, size_t count)
{
  while (count > 0) {
    ssize_t n = recv (fd, bytes, count, 0);

    if (n <= 0)
      longjmp (over, 1);
    bytes = (char *) bytes + n;
    count -= (size_t) n;
  }
}

static void
put (int fd, const void *bytes, size_t count)
{
  if (send (fd, bytes, count, MSG_NOSIGNAL) != (ssize_t) count)
    longjmp (over, 1);
}

static void
put_option (int fd, uint32_t option, uint32_t type, const void *bytes,
            uint32_t count)
{
  struct {
    uint64_t magic;
    uint32_t option, type, count;
  } __attribute__ ((packed)) head = {
    htobe64 (0x3e889045565a9), htobe32 (option), htobe32 (type),
    htobe32 (count),
  };

  put (fd, &head, sizeof head);
  if (count > 0)
    put (fd, bytes, count);
}

/* Returns 1 if structured replies were agreed. */
static int
shake_hands (int fd, const struct fake *fake)
{
  struct {
    uint16_t type;
    uint64_t size;
    uint16_t flags;
  } __attribute__ ((packed)) info = { 0, htobe64 (fake->size), htobe16 (0x2d) };
  struct {
    uint64_t magic;
    uint32_t option, count;
  } __attribute__ ((packed)) head;
  uint32_t flags, option;
  int structured = 0;

  put (fd, "NBDMAGICIHAVEOPT\0\3", 18);
  get (fd, &flags, sizeof flags);
  for (;;) {
    get (fd, &head, sizeof head);
    get (fd, data, be32toh (head.count) % 8192);
    option = be32toh (head.option);
    if (option == OPTION_GO) {
      put_option (fd, option, REPLY_INFO, &info, sizeof info);
      put_option (fd, option, REPLY_ACK, NULL, 0);
      return structured;
    }
    structured |= option == OPTION_STRUCTURED && fake->structured;
    put_option (fd, option, option == OPTION_STRUCTURED && fake->structured ?
                REPLY_ACK : REPLY_UNSUPPORTED, NULL, 0);
  }
}

static void
put_simple (int fd, uint32_t error, uint64_t cookie, uint32_t count)
{
  struct {
    uint32_t magic, error;
    uint64_t cookie;
  } __attribute__ ((packed)) head = {
    htobe32 (SIMPLE_MAGIC), htobe32 (error), cookie,
  };

  put (fd, &head, sizeof head);
  if (!error)
    put (fd, data, count);
}

/* `count` bytes at the request's offset, or no content. */
static void
put_structured (int fd, const struct request *request, uint32_t count)
{
  struct {
    uint32_t magic;
    uint16_t flags, type;
    uint64_t cookie;
    uint32_t length;
  } __attribute__ ((packed)) head = {
    htobe32 (STRUCTURED_MAGIC), htobe16 (1), htobe16 (count > 0),
    request->cookie, htobe32 (count > 0 ? count + 8 : 0),
  };

  put (fd, &head, sizeof head);
  if (count > 0) {
    put (fd, &request->offset, sizeof request->offset);
    put (fd, data, count);
  }
}

static void
answer_read (int fd, int structured, enum fake_reads reads,
             const struct request *request)
{
  uint32_t count = be32toh (request->count);

  if (reads == FAKE_HALF)
    put_structured (fd, request, count / 2);
  else if (reads == FAKE_NONE)
    put_structured (fd, request, 0);
  else if (reads == FAKE_ODD_ERROR)
    put_simple (fd, 1234, request->cookie, 0);
  else if (reads == FAKE_STRANGER)
    put_simple (fd, 0, ~request->cookie, count);
  else if (reads == FAKE_CUT) {
    put_simple (fd, 0, request->cookie, count / 2);
    longjmp (over, 1);
  }
  else if (structured)
    put_structured (fd, request, count);
  else
    put_simple (fd, 0, request->cookie, count);
}

static void
serve (int fd, const struct fake *fake, enum fake_reads reads)
{
  int structured = shake_hands (fd, fake);
  struct request request;

  for (;;) {
    get (fd, &request, sizeof request);
    switch (be16toh (request.type)) {
    case 0:
      answer_read (fd, structured, reads, &request);
      break;
    case 1:
      get (fd, data, be32toh (request.count));
      put_simple (fd, 0, request.cookie, 0);
      break;
    case 2:
      return;
    default:
      put_simple (fd, 0, request.cookie, 0);
    }
  }
}

static void
run (int listener, const struct fake *fake)
{
  for (volatile int n = 0; ; n += n < FAKE_CONNECTIONS_MAX - 1) {
    volatile int fd = accept (listener, NULL, NULL);

    if (fd == -1)
      _exit (1);
    if (setjmp (over) == 0)
      serve (fd, fake, fake->reads[n]);
    close (fd);
  }
}

int
fake_start (const char *socket_name, const struct fake *fake)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int listener = socket (AF_UNIX, SOCK_STREAM, 0), pid;

  strncpy (name.sun_path, server_path (socket_name), sizeof name.sun_path - 1);
  unlink (name.sun_path);
  assert_int_equal (bind (listener, (struct sockaddr *) &name, sizeof name), 0);
  assert_int_equal (listen (listener, 10), 0);
  pid = server_fork ();
  if (pid == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    run (listener, fake);
  }
  close (listener);
  return pid;
}

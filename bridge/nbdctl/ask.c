/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ask.h"
#include "member.h"
#include "bridge/shared/run-dir.h"

static int
connect_daemon (const char *run_dir)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char path[RUN_DIR_PATH_MAX];
  int fd;

  run_dir_control (path, run_dir);
  if (strlen (path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy (address.sun_path, path, strlen (path));
  fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd == -1)
    return -1;
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == -1) {
    int saved = errno;

    close (fd);
    errno = saved;
    return -1;
  }
  return fd;
}

int
nbdctl_reach (const struct tool *tool)
{
  int fd = connect_daemon (tool->run_dir);

  if (fd == -1) {
    int saved = errno;
    char path[RUN_DIR_PATH_MAX];

    run_dir_control (path, tool->run_dir);
    fprintf (stderr, "xen-nbdback is not running (%s: %s)\n", path,
             strerror (saved));
  }
  return fd;
}

int
nbdctl_wait (int fd, double seconds)
{
  struct pollfd pollfd = { .fd = fd, .events = POLLIN };
  int r;

  do
    r = poll (&pollfd, 1, (int) (seconds * 1000));
  while (r == -1 && errno == EINTR);
  if (r == 0)
    errno = ETIMEDOUT;
  return r > 0 ? 0 : -1;
}

json_t *
nbdctl_question (const char *verb, const char *device)
{
  json_t *question = json_pack ("{s:s, s:i, s:s}", "type", "ask", "serial", 1,
                                "verb", verb);

  if (device)
    json_object_set_new (question, "device", json_string (device));
  return question;
}

/* Returns 0, or -1 and says why. */
static int
exchange (int fd, const json_t *question, double seconds,
          struct ask_answer *answer, struct failure *failure)
{
  char buffer[MESSAGE_MAX];
  long n;

  errno = 0;
  if (ask_send (fd, question) == 0 && nbdctl_wait (fd, seconds) == 0) {
    n = ask_receive (fd, buffer);
    if (n > 0)
      return ask_decode_answer (buffer, n, answer, failure);
    if (n == 0)
      errno = ECONNRESET;
  }
  return failure_set (failure, "%s", strerror (errno));
}

int
nbdctl_ask (const struct tool *tool, json_t *question, double seconds,
            json_t **result)
{
  struct ask_answer answer = { .code = ASK_NO_DAEMON };
  char why[ASK_TEXT_MAX];
  int fd = nbdctl_reach (tool);

  *result = NULL;
  if (fd == -1) {
    json_decref (question);
    return ASK_NO_DAEMON;
  }
  if (exchange (fd, question, seconds, &answer, FAILURE_INTO (why)) == -1) {
    fprintf (stderr, "xen-nbdback does not answer: %s\n", why);
    answer.code = ASK_NO_DAEMON;
  }
  else if (answer.code != ASK_OK) {
    if (!tool->quiet)
      fprintf (stderr, "%s\n", answer.text);
    json_decref (answer.result);
  }
  else
    *result = answer.result ? answer.result : json_object ();
  close (fd);
  json_decref (question);
  return answer.code;
}

int
nbdctl_ask_list (const struct tool *tool, json_t **disks)
{
  const char *after = NULL;
  bool more;

  *disks = json_array ();
  do {
    json_t *question = nbdctl_question ("list", NULL), *page, *of_page;
    int code;

    if (after)
      json_object_set_new (question, "after", json_string (after));
    code = nbdctl_ask (tool, question, NBDCTL_PATIENCE, &page);
    if (code != ASK_OK) {
      json_decref (*disks);
      *disks = NULL;
      return code;
    }
    of_page = json_object_get (page, "disks");
    more = json_is_true (json_object_get (page, "more")) &&
           json_array_size (of_page) > 0;
    json_array_extend (*disks, of_page);
    json_decref (page);
    if (more)
      after = nbdctl_member (json_array_get (*disks,
                                             json_array_size (*disks) - 1),
                             "device");
  } while (more);
  return ASK_OK;
}

int
nbdctl_ask_stats (const struct tool *tool, const char *disk, json_t **stats)
{
  return nbdctl_ask (tool, nbdctl_question ("stats", disk), NBDCTL_PATIENCE,
                     stats);
}

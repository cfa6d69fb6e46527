/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdctl: the operator's and the hotplug script's way to the daemon.
 */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "message.h"

/* Exit codes, see xen-nbdctl(8). */
#define EXIT_REFUSED    1
#define EXIT_USAGE      2
#define EXIT_NO_DAEMON  3

#define ANSWER_MS ((int) (CONTROL_CLAIM * 1000) + 5000)

static void
usage (FILE *out)
{
  fprintf (out,
           "usage: xen-nbdctl [--run-dir DIR] COMMAND\n"
           "\n"
           "  ping                    is the daemon running?\n"
           "  claim KIND/DOMID/DEVID  what the hotplug script does: have the "
           "disk served,\n"
           "                          and wait until it is known whether it "
           "can be\n"
           "\n"
           "See xen-nbdctl(8).\n");
}

static int
connect_daemon (const char *run_dir)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd, n;

  n = snprintf (address.sun_path, sizeof address.sun_path,
                "%s/" CONTROL_SOCKET, run_dir);
  if (n < 0 || (size_t) n >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
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

/* Send and wait for the verdict.  Returns 0, or -1 with errno. */
static int
ask (int fd, struct message *message)
{
  struct pollfd pollfd = { .fd = fd, .events = POLLIN };
  int r;

  if (message_send (fd, message) == -1)
    return -1;
  do
    r = poll (&pollfd, 1, ANSWER_MS);
  while (r == -1 && errno == EINTR);
  if (r == 0)
    errno = ETIMEDOUT;
  if (r <= 0)
    return -1;
  r = message_receive (fd, message);
  if (r == 1 && message->type == MESSAGE_VERDICT)
    return 0;
  if (r >= 0)
    errno = EPROTO;
  return -1;
}

/* Connect, or say why not; -1 then. */
static int
reach_daemon (const char *run_dir)
{
  int fd = connect_daemon (run_dir);

  if (fd == -1)
    fprintf (stderr, "xen-nbdback is not running (%s/" CONTROL_SOCKET
             ": %s)\n", run_dir, strerror (errno));
  return fd;
}

static int
ping (const char *run_dir)
{
  int fd = reach_daemon (run_dir);

  if (fd == -1)
    return EXIT_NO_DAEMON;
  close (fd);
  return EXIT_SUCCESS;
}

static int
claim (const char *run_dir, const char *device)
{
  struct message message = { .type = MESSAGE_CLAIM };
  int fd;

  if (device_id_parse (device, &message.claim.id) == -1) {
    fprintf (stderr, "%s is no device; one is called KIND/DOMID/DEVID\n", device);
    return EXIT_USAGE;
  }
  fd = reach_daemon (run_dir);
  if (fd == -1)
    return EXIT_NO_DAEMON;
  if (ask (fd, &message) == -1) {
    fprintf (stderr, "xen-nbdback does not answer: %s\n", strerror (errno));
    close (fd);
    return EXIT_NO_DAEMON;
  }
  close (fd);
  if (message.verdict.accepted)
    return EXIT_SUCCESS;
  fprintf (stderr, "%s\n", message.verdict.text);
  return EXIT_REFUSED;
}

int
main (int argc, char **argv)
{
  static const struct option longopts[] = {
    { "run-dir", required_argument, NULL, 'r' },
    { "help",    no_argument,       NULL, 'h' },
    { "version", no_argument,       NULL, 'v' },
    { NULL }
  };
  const char *run_dir = RUNSTATEDIR "/xen-nbdback";
  int c;

  while ((c = getopt_long (argc, argv, "", longopts, NULL)) != -1) {
    switch (c) {
    case 'r': run_dir = optarg; break;
    case 'h': usage (stdout); return EXIT_SUCCESS;
    case 'v': puts ("xen-nbdctl " PACKAGE_VERSION); return EXIT_SUCCESS;
    default:  usage (stderr); return EXIT_USAGE;
    }
  }
  if (argc - optind == 1 && strcmp (argv[optind], "ping") == 0)
    return ping (run_dir);
  if (argc - optind == 2 && strcmp (argv[optind], "claim") == 0)
    return claim (run_dir, argv[optind + 1]);
  usage (stderr);
  return EXIT_USAGE;
}

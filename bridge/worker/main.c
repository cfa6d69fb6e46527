/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdback-worker: started by the daemon, one for each disk.
 */

#include <config.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bridge/shared/log.h"
#include "worker.h"
#include "xenbus/number.h"

struct options {
  struct device_id id;
  char name[64];
  int listen_fd;
  enum log_level level;
  bool syslog;
};

static void
usage (FILE *out)
{
  fprintf (out,
           "usage: xen-nbdback-worker --device KIND/DOMID/DEVID "
           "--listen-fd N\n"
           "                          [--log-level LEVEL] [--syslog]\n"
           "Started by xen-nbdback; see xen-nbdback-worker(8).\n");
}

static int
wrong (const char *option)
{
  fprintf (stderr, "xen-nbdback-worker: wrong value for --%s\n", option);
  return -1;
}

static int
set_option (struct options *options, int c, const char *value)
{
  uint64_t n;

  switch (c) {
  case 'd':
    if (device_id_parse (value, &options->id) == -1)
      return wrong ("device");
    snprintf (options->name, sizeof options->name, "%s", value);
    return 0;
  case 'f':
    if (number_parse (value, 1023, &n) == -1)
      return wrong ("listen-fd");
    options->listen_fd = n;
    return 0;
  case 'l':
    return log_level_parse (value, &options->level) == -1
           ? wrong ("log-level") : 0;
  case 's':
    options->syslog = true;
    return 0;
  case 'h':
    usage (stdout);
    exit (EXIT_SUCCESS);
  case 'v':
    puts ("xen-nbdback-worker " PACKAGE_VERSION);
    exit (EXIT_SUCCESS);
  default:
    return -1;
  }
}

static int
parse_options (int argc, char **argv, struct options *options)
{
  static const struct option longopts[] = {
    { "device",    required_argument, NULL, 'd' },
    { "listen-fd", required_argument, NULL, 'f' },
    { "log-level", required_argument, NULL, 'l' },
    { "syslog",    no_argument,       NULL, 's' },
    { "help",      no_argument,       NULL, 'h' },
    { "version",   no_argument,       NULL, 'v' },
    { NULL }
  };
  int c;

  *options = (struct options) { .listen_fd = -1, .level = LOG_LEVEL_INFO };
  while ((c = getopt_long (argc, argv, "", longopts, NULL)) != -1)
    if (set_option (options, c, optarg) == -1)
      return -1;
  if (optind != argc || options->name[0] == '\0' || options->listen_fd == -1)
    return -1;
  return 0;
}

/* The socket that we listen on was bound to a name by the daemon: where is it?
 * Returns NULL if that cannot be told.
 */
static const char *
find_run_dir (int fd, char run_dir[DEVICE_PATH_MAX])
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  socklen_t length = sizeof address;
  char *slash;

  if (getsockname (fd, (struct sockaddr *) &address, &length) == -1)
    return NULL;
  snprintf (run_dir, DEVICE_PATH_MAX, "%.*s",
            (int) sizeof address.sun_path - 1, address.sun_path);
  slash = strrchr (run_dir, '/');
  if (slash == NULL)
    return NULL;
  *slash = '\0';
  return run_dir;
}

int
main (int argc, char **argv)
{
  char run_dir[DEVICE_PATH_MAX];
  struct options options;
  struct worker worker;
  struct ev_loop *loop;

  if (parse_options (argc, argv, &options) == -1) {
    usage (stderr);
    return 2;
  }
  signal (SIGPIPE, SIG_IGN);
  log_open ("xen-nbdback-worker", options.level, options.syslog);
  loop = ev_default_loop (0);
  if (loop == NULL) {
    log_error (options.name, "cannot start the event loop");
    return EXIT_FAILURE;
  }
  worker_init (&worker, loop, options.name, options.id.domid,
               find_run_dir (options.listen_fd, run_dir), options.listen_fd);
  ev_run (loop, 0);
  worker_free (&worker);
  ev_loop_destroy (loop);
  return EXIT_SUCCESS;
}

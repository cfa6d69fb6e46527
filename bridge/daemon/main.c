/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * xen-nbdback: options, the run directory, and the loop.
 */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "daemon.h"
#include "bridge/shared/log.h"
#include "settings-file.h"

#define LOCK_TRIES 20u /* of the run directory's lock, 50 ms apart */

struct options {
  const char *config;  /* NULL: the default, which need not exist */
  const char *run_dir;
  const char *worker;
  enum log_level level;
  bool daemonize;
};

static void
usage (FILE *out)
{
  fprintf (out,
           "usage: xen-nbdback [OPTION...]\n"
           "Serve the disks of this domain's guests from NBD servers.\n"
           "\n"
           "  --config FILE       settings (" SYSCONFDIR "/xen-nbdback.conf)\n"
           "  --run-dir DIR       sockets (" RUNSTATEDIR "/xen-nbdback)\n"
           "  --worker FILE       worker program (" LIBEXECDIR
           "/xen-nbdback-worker)\n"
           "  --log-level LEVEL   error, warning, info or debug (info)\n"
           "  --daemonize         go to the background, log to syslog\n"
           "  --help, --version\n"
           "\n"
           "See xen-nbdback(8).\n");
}

static int
parse_options (int argc, char **argv, struct options *options)
{
  static const struct option longopts[] = {
    { "config",    required_argument, NULL, 'c' },
    { "run-dir",   required_argument, NULL, 'r' },
    { "worker",    required_argument, NULL, 'w' },
    { "log-level", required_argument, NULL, 'l' },
    { "daemonize", no_argument,       NULL, 'd' },
    { "help",      no_argument,       NULL, 'h' },
    { "version",   no_argument,       NULL, 'v' },
    { NULL }
  };
  int c;

  *options = (struct options) {
    .run_dir = RUN_DIR_DEFAULT,
    .worker = LIBEXECDIR "/xen-nbdback-worker",
    .level = LOG_LEVEL_INFO,
  };
  while ((c = getopt_long (argc, argv, "", longopts, NULL)) != -1) {
    switch (c) {
    case 'c': options->config = optarg; break;
    case 'r': options->run_dir = optarg; break;
    case 'w': options->worker = optarg; break;
    case 'd': options->daemonize = true; break;
    case 'h': usage (stdout); exit (EXIT_SUCCESS);
    case 'v': puts ("xen-nbdback " PACKAGE_VERSION); exit (EXIT_SUCCESS);
    case 'l':
      if (log_level_parse (optarg, &options->level) == 0)
        break;
      fprintf (stderr, "xen-nbdback: --log-level %s: it must be error, "
               "warning, info or debug\n", optarg);
      return -1;
    default:
      return -1;
    }
  }
  if (optind == argc)
    return 0;
  fprintf (stderr, "xen-nbdback: unexpected argument %s\n", argv[optind]);
  return -1;
}

/* A daemon that was killed while it started a worker leaves a child that has
 * the lock, too, for a moment: until it is the worker.
 */
static int
take_lock (int fd)
{
  const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
  unsigned tries = 0;

  while (flock (fd, LOCK_EX | LOCK_NB) == -1) {
    if (errno != EWOULDBLOCK || ++tries > LOCK_TRIES)
      return -1;
    nanosleep (&pause, NULL);
  }
  return 0;
}

/* Make the run directory and take its lock, which is kept until the process
 * ends.  Returns 0, or -1 after saying why not.
 */
static int
lock_run_dir (const char *run_dir)
{
  char path[RUN_DIR_PATH_MAX];
  int fd;

  if (mkdir (run_dir, 0700) == -1 && errno != EEXIST) {
    log_error (NULL, "cannot make %s: %s", run_dir, strerror (errno));
    return -1;
  }
  if (strlen (run_dir) > RUN_DIR_MAX - 1) {
    log_error (NULL, "--run-dir %s is too long for sockets in it", run_dir);
    return -1;
  }
  run_dir_lock (path, run_dir);
  fd = open (path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (fd == -1 || take_lock (fd) == -1) {
    log_error (NULL, errno == EWOULDBLOCK
               ? "%s is in use: another xen-nbdback is running" : "%s: %m",
               path);
    if (fd != -1)
      close (fd);
    return -1;
  }
  return 0;
}

/* The parent of a daemon waits for a byte that says it is ready.  Returns
 * the descriptor to write it to, or -1 if there is no parent.
 */
static int
go_to_background (void)
{
  int fds[2];
  char byte;

  if (pipe2 (fds, O_CLOEXEC) == -1)
    return -1;
  switch (fork ()) {
  case -1:
    log_error (NULL, "cannot go to the background: %s", strerror (errno));
    exit (EXIT_FAILURE);
  case 0:
    close (fds[0]);
    setsid ();
    return fds[1];
  default:
    close (fds[1]);
    _exit (read (fds[0], &byte, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
  }
}

static void
tell_parent (int fd)
{
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  if (null != -1) {
    dup2 (null, STDIN_FILENO);
    dup2 (null, STDOUT_FILENO);
    dup2 (null, STDERR_FILENO);
    close (null);
  }
  if (write (fd, "", 1) == -1)
    log_warning (NULL, "cannot tell that we are ready: %s", strerror (errno));
  close (fd);
}

static void
stop (struct ev_loop *loop, ev_signal *watcher, int revents)
{
  (void) watcher;
  (void) revents;
  ev_break (loop, EVBREAK_ALL);
}

static int
read_settings (const struct options *options, struct settings *settings)
{
  const bool optional = options->config == NULL;
  char error[1024];

  settings_init (settings);
  if (settings_read (settings, optional ? SYSCONFDIR "/xen-nbdback.conf"
                                        : options->config,
                     optional, FAILURE_INTO (error)) == 0)
    return 0;
  log_error (NULL, "%s", error);
  settings_free (settings);
  return -1;
}

/* What SIGHUP needs. */
struct reload {
  const struct options *options;
  struct settings *settings;
};

static void
reload (struct ev_loop *loop, ev_signal *watcher, int revents)
{
  const struct reload *what = watcher->data;
  struct settings settings;

  (void) loop;
  (void) revents;
  if (read_settings (what->options, &settings) == -1)
    return;
  settings_free (what->settings);
  *what->settings = settings;
  log_info (NULL, "settings are read again, for disks from now on");
}

static int
run (const struct options *options, struct settings *settings, int parent)
{
  const struct spawn_program program = {
    .worker = options->worker,
    .run_dir = options->run_dir,
    .level = options->level,
    .syslog = options->daemonize,
  };
  struct ev_loop *loop = ev_default_loop (0);
  ev_signal terminate, interrupt, hangup;
  struct reload what = { options, settings };
  struct daemon daemon;

  if (loop == NULL) {
    log_error (NULL, "cannot start the event loop");
    return EXIT_FAILURE;
  }
  if (daemon_init (&daemon, loop, settings, &program) == -1) {
    log_error (NULL, "cannot start: %s (is this a Xen host, and xenstored "
               "running?)", strerror (errno));
    return EXIT_FAILURE;
  }
  ev_signal_init (&terminate, stop, SIGTERM);
  ev_signal_init (&interrupt, stop, SIGINT);
  ev_signal_start (loop, &terminate);
  ev_signal_start (loop, &interrupt);
  ev_signal_init (&hangup, reload, SIGHUP);
  hangup.data = &what;
  ev_signal_start (loop, &hangup);
  log_info (NULL, "version " PACKAGE_VERSION " serves domain %u",
            daemon.disks.context.own_domid);
  sd_notify (0, "READY=1");
  if (parent != -1)
    tell_parent (parent);
  ev_run (loop, 0);
  log_info (NULL, "stopped; disks that are in use stay in use");
  daemon_free (&daemon);
  ev_loop_destroy (loop);
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  struct options options;
  struct settings settings;
  int parent = -1, r;

  if (parse_options (argc, argv, &options) == -1) {
    usage (stderr);
    return 2;
  }
  signal (SIGPIPE, SIG_IGN);
  umask (0077);
  log_open ("xen-nbdback", options.level, false);
  if (read_settings (&options, &settings) == -1)
    return EXIT_FAILURE;
  if (options.daemonize) {
    parent = go_to_background ();
    log_open ("xen-nbdback", options.level, true);
  }
  if (lock_run_dir (options.run_dir) == -1)
    return EXIT_FAILURE;
  r = run (&options, &settings, parent);
  settings_free (&settings);
  return r;
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * fake-xen-ctl COMMAND...: look at the fake host and make it misbehave.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "host.h"

static const char usage_text[] =
  "usage: fake-xen-ctl init DIR             create the files of a host\n"
  "       fake-xen-ctl counters [NAME]      what was done so far\n"
  "       fake-xen-ctl refusals [EXCEPT..]  those that a well-behaved\n"
  "                                         backend has not; fails if any\n"
  "       fake-xen-ctl grants-mapped        how many pages are mapped\n"
  "       fake-xen-ctl maps                 which, and by whom\n"
  "       fake-xen-ctl ports DOMID          event channels of a domain\n"
  "       fake-xen-ctl fail OPERATION NTH [COUNT [ERROR]]\n"
  "                                         the NTH from now fails, and\n"
  "                                         COUNT-1 after it (default 1)\n"
  "       fake-xen-ctl faults               operations that can fail\n"
  "       fake-xen-ctl reset                no faults, counters 0\n"
  "       fake-xen-ctl domain-create DOMID\n"
  "       fake-xen-ctl domain-destroy DOMID\n"
  "       fake-xen-ctl store-outage SECONDS [lose]\n"
  "                                         xenstored restarts\n";

static int
usage (void)
{
  fputs (usage_text, stderr);
  return 2;
}

static int
init (int argc, char *argv[])
{
  if (argc != 1)
    return usage ();
  if (fx_host_create (argv[0]) == -1) {
    perror (argv[0]);
    return 1;
  }
  return 0;
}

static int
counters (int argc, char *argv[])
{
  int i, found = argc == 0;

  fx_reap ();
  for (i = 0; i < FX_COUNT_MAX; i++) {
    uint64_t n = atomic_load (&fx_host->counters[i]);

    if (argc == 0)
      printf ("%s %" PRIu64 "\n", fx_counter_names[i], n);
    else if (strcmp (argv[0], fx_counter_names[i]) == 0) {
      printf ("%" PRIu64 "\n", n);
      found = 1;
    }
  }
  return found ? 0 : usage ();
}

static int
refusals (int argc, char *argv[])
{
  int i, j, bad = 0;

  for (i = 0; i < FX_COUNT_MAX; i++) {
    uint64_t n = atomic_load (&fx_host->counters[i]);
    const char *name = fx_counter_names[i];

    if (n == 0 || strstr (name, "_refused") == NULL ||
        i == FX_COUNT_store_refused)
      continue;
    for (j = 0; j < argc && strcmp (argv[j], name) != 0; j++)
      ;
    if (j < argc)
      continue;
    printf ("%s %" PRIu64 "\n", name, n);
    bad = 1;
  }
  return bad;
}

static int
maps (int argc, char *argv[])
{
  uint32_t i;

  (void) argc;
  (void) argv;
  fx_reap ();
  fx_lock ();
  for (i = 0; i < fx_host->map_high; i++) {
    const struct fx_map *map = &fx_host->maps[i];

    if (map->handle)
      printf ("domain %" PRIu32 " ref %" PRIu32 " by pid %" PRId32 "\n",
              map->domid, map->ref, fx_host->handles[map->handle - 1].pid);
  }
  fx_unlock ();
  return 0;
}

static int
grants_mapped (int argc, char *argv[])
{
  (void) argc;
  (void) argv;
  printf ("%u\n", fx_maps ());
  return 0;
}

static int
ports (int argc, char *argv[])
{
  static const char *const kinds[] = { "free", "unbound", "bound", "virq" };
  struct fx_domain *domain = argc == 1 ? fx_domain (atoi (argv[0])) : NULL;
  uint32_t i;

  if (domain == NULL)
    return usage ();
  fx_reap ();
  for (i = 1; i < FX_PORTS; i++) {
    uint64_t peer = atomic_load (&domain->ports[i].peer);
    uint32_t flags = atomic_load (&domain->ports[i].flags);

    if (FX_PEER_KIND (peer) != FX_PORT_FREE)
      printf ("%" PRIu32 " %s domain %" PRIu32 " port %" PRIu32 "%s%s\n", i,
              kinds[FX_PEER_KIND (peer)], FX_PEER_DOMID (peer),
              FX_PEER_PORT (peer), flags & FX_PORT_MASKED ? " masked" : "",
              flags & FX_PORT_PENDING ? " pending" : "");
  }
  return 0;
}

/* An errno, by number or by the few names that tests use. */
static int
error_number (const char *text)
{
  static const struct { const char *name; int number; } names[] = {
    { "EAGAIN", EAGAIN }, { "EIO", EIO }, { "EINVAL", EINVAL },
    { "ENOENT", ENOENT }, { "ENOSPC", ENOSPC }, { "EACCES", EACCES },
    { "ENOMEM", ENOMEM }, { "E2BIG", E2BIG }, { "EFAULT", EFAULT },
  };
  size_t i;

  for (i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp (names[i].name, text) == 0)
      return names[i].number;
  return atoi (text);
}

static int
fail (int argc, char *argv[])
{
  struct fx_fault_state *state;
  int i;

  if (argc < 2 || atoll (argv[1]) < 1)
    return usage ();
  for (i = 0; i < FX_FAULT_MAX; i++)
    if (strcmp (fx_fault_names[i], argv[0]) == 0)
      break;
  if (i == FX_FAULT_MAX)
    return usage ();
  state = &fx_host->faults[i];
  atomic_store (&state->count, 0);
  atomic_store (&state->error, argc > 3 ? error_number (argv[3]) : 0);
  atomic_store (&state->skip, atoll (argv[1]) - 1);
  atomic_store (&state->count, argc > 2 ? atoll (argv[2]) : 1);
  return 0;
}

static int
faults (int argc, char *argv[])
{
  int i;

  (void) argc;
  (void) argv;
  for (i = 0; i < FX_FAULT_MAX; i++)
    printf ("%s %" PRId64 "\n", fx_fault_names[i],
            atomic_load (&fx_host->faults[i].count));
  return 0;
}

static int
reset (int argc, char *argv[])
{
  int i;

  (void) argc;
  (void) argv;
  for (i = 0; i < FX_FAULT_MAX; i++)
    atomic_store (&fx_host->faults[i].count, 0);
  for (i = 0; i < FX_COUNT_MAX; i++)
    atomic_store (&fx_host->counters[i], 0);
  return 0;
}

static int
domain_create (int argc, char *argv[])
{
  if (argc != 1)
    return usage ();
  if (fx_domain_create (atoi (argv[0])) == -1) {
    perror ("domain-create");
    return 1;
  }
  return 0;
}

static int
domain_destroy (int argc, char *argv[])
{
  unsigned mapped;

  if (argc != 1)
    return usage ();
  mapped = fx_domain_destroy (atoi (argv[0]));
  if (mapped)
    fprintf (stderr, "zombie: %u pages are mapped\n", mapped);
  return mapped > 0;
}

static int
store_outage (int argc, char *argv[])
{
  struct xs_handle *xs;
  char data[64];
  size_t n;

  if (argc < 1)
    return usage ();
  xs = xs_open (0);
  if (xs == NULL) {
    perror ("xenstore");
    return 1;
  }
  n = snprintf (data, 32, "%s", argv[0]) + 1;
  if (argc > 1)
    n += snprintf (data + n, 32, "%s", argv[1]) + 1;
  free (xs_control_command (xs, "outage", data, n));
  xs_close (xs);
  return 0;
}

static const struct {
  const char *name;
  int (*run) (int argc, char *argv[]);
} commands[] = {
  { "counters", counters }, { "refusals", refusals },
  { "grants-mapped", grants_mapped }, { "maps", maps }, { "ports", ports },
  { "fail", fail }, { "faults", faults }, { "reset", reset },
  { "domain-create", domain_create }, { "domain-destroy", domain_destroy },
  { "store-outage", store_outage },
};

int
main (int argc, char *argv[])
{
  size_t i;

  if (argc < 2)
    return usage ();
  if (strcmp (argv[1], "init") == 0)
    return init (argc - 2, argv + 2);
  if (fx_attach () == -1) {
    perror ("fake-xen-ctl: FAKE_XEN_DIR");
    return 1;
  }
  for (i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (strcmp (commands[i].name, argv[1]) == 0)
      return commands[i].run (argc - 2, argv + 2);
  return usage ();
}

/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The libraries of the fake host keep the rules of the real ones.  Plays
 * domain 1 by the host's own functions, and domain 0 through the libraries.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>

#include "host.h"

#define CHECK(what)                                                          \
  do                                                                         \
    if (!(what)) {                                                           \
      printf ("%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #what, errno);   \
      failures++;                                                            \
    }                                                                        \
  while (0)

static int failures;
static struct fx_domain *guest;
static uint32_t frame, refs[3]; /* writable, read-only, for domain 2 */

static uint64_t
counter (enum fx_counter c)
{
  return atomic_load (&fx_host->counters[c]);
}

static void
make_guest (void)
{
  fx_domain_create (1);
  guest = fx_domain (1);
  CHECK (guest != NULL);
  frame = fx_pages_alloc (guest, 3);
  CHECK (fx_grants_alloc (guest, 3, refs) == 0);
  fx_grant (guest, refs[0], frame, 0, false);
  fx_grant (guest, refs[1], frame + 1, 0, true);
  fx_grant (guest, refs[2], frame + 2, 2, false);
}

static void
test_map (xengnttab_handle *h)
{
  uint32_t both[] = { refs[0], refs[1] };
  char *page = xengnttab_map_grant_ref (h, 1, refs[0], PROT_READ|PROT_WRITE);

  CHECK (page != NULL);
  strcpy (page, "hello");
  CHECK (strcmp (fx_domain_page (guest, frame), "hello") == 0);
  CHECK (fx_grant_maps (guest, refs[0]) == 1);
  CHECK (fx_revoke (guest, refs[0]) == -1 && errno == EBUSY);
  CHECK (xengnttab_unmap (h, page, 2) == -1 && errno == EINVAL);
  CHECK (xengnttab_unmap (h, page, 1) == 0);
  CHECK (xengnttab_unmap (h, page, 1) == -1);
  CHECK (counter (FX_COUNT_unmap_refused) == 2);
  CHECK (fx_maps () == 0);

  CHECK (xengnttab_map_grant_ref (h, 1, refs[1], PROT_READ|PROT_WRITE)
         == NULL && errno == EINVAL);
  CHECK (xengnttab_map_grant_ref (h, 1, refs[2], PROT_READ) == NULL);
  CHECK (xengnttab_map_grant_ref (h, 1, 30000, PROT_READ) == NULL);
  CHECK (xengnttab_map_grant_ref (h, 1, UINT32_MAX, PROT_READ) == NULL);
  CHECK (xengnttab_map_grant_ref (h, 9, refs[0], PROT_READ) == NULL);
  CHECK (xengnttab_map_domain_grant_refs (h, 2, 1, both,
                                          PROT_READ|PROT_WRITE) == NULL);
  CHECK (fx_maps () == 0);
  CHECK (counter (FX_COUNT_map_refused) == 6);
  page = xengnttab_map_domain_grant_refs (h, 2, 1, both, PROT_READ);
  CHECK (page && fx_maps () == 2);
  fx_domain_page (guest, frame + 1)[5] = 'x';
  CHECK (page[FX_PAGE + 5] == 'x');
  CHECK (xengnttab_unmap (h, page, 2) == 0 && fx_maps () == 0);
}

static int
copy (xengnttab_handle *h, uint32_t domid, uint32_t ref, unsigned offset,
      unsigned length, bool to_guest, int16_t *status)
{
  static char local[2 * FX_PAGE];
  xengnttab_grant_copy_segment_t seg = { .len = length, .status = 77 };
  union xengnttab_copy_ptr *foreign = to_guest ? &seg.dest : &seg.source;
  int r;

  (to_guest ? &seg.source : &seg.dest)->virt = local;
  foreign->foreign.ref = ref;
  foreign->foreign.domid = domid;
  foreign->foreign.offset = offset;
  seg.flags = to_guest ? GNTCOPY_dest_gref : GNTCOPY_source_gref;
  r = xengnttab_grant_copy (h, 1, &seg);
  *status = seg.status;
  return r;
}

static void
test_copy (xengnttab_handle *h)
{
  int16_t status;

  CHECK (copy (h, 1, refs[0], 0, 4096, true, &status) == 0 && status == 0);
  CHECK (copy (h, 1, refs[1], 512, 512, false, &status) == 0 && status == 0);
  CHECK (copy (h, 1, refs[1], 0, 8, true, &status) == 0 &&
         status == GNTST_general_error);
  CHECK (copy (h, 1, refs[2], 0, 8, false, &status) == 0 &&
         status == GNTST_general_error);
  CHECK (copy (h, 1, UINT32_MAX, 0, 8, false, &status) == 0 &&
         status == GNTST_bad_gntref);
  CHECK (copy (h, 9, refs[0], 0, 8, false, &status) == 0 &&
         status == GNTST_bad_domain);
  CHECK (copy (h, 1, refs[0], 1, 4096, false, &status) == -1 &&
         errno == EINVAL);
  CHECK (counter (FX_COUNT_copy_refused) == 5);
}

static bool
readable (xenevtchn_handle *h)
{
  struct pollfd fd = { .fd = xenevtchn_fd (h), .events = POLLIN };

  return poll (&fd, 1, 0) == 1;
}

/* The guest is domain 1: its handle is opened as such. */
static void
test_events (void)
{
  xenevtchn_handle *h = xenevtchn_open (NULL, 0), *g;
  int theirs, port;

  setenv ("FAKE_XEN_DOMID", "1", 1);
  g = xenevtchn_open (NULL, 0);
  unsetenv ("FAKE_XEN_DOMID");
  theirs = xenevtchn_bind_unbound_port (g, 0);
  CHECK (theirs > 0);
  CHECK (xenevtchn_bind_interdomain (h, 1, theirs + 1) == -1 &&
         errno == EINVAL);
  CHECK (xenevtchn_bind_interdomain (h, 9, theirs) == -1 && errno == ESRCH);
  port = xenevtchn_bind_interdomain (h, 1, theirs);
  CHECK (port > 0);
  CHECK (xenevtchn_bind_interdomain (h, 1, theirs) == -1);

  /* One event at once, and none more until it is unmasked. */
  CHECK (readable (h) && xenevtchn_pending (h) == port && !readable (h));
  xenevtchn_notify (g, theirs);
  xenevtchn_notify (g, theirs);
  CHECK (!readable (h));
  xenevtchn_unmask (h, port);
  CHECK (readable (h) && xenevtchn_pending (h) == port && !readable (h));
  xenevtchn_unmask (h, port);
  CHECK (!readable (h));
  xenevtchn_notify (g, theirs);
  CHECK (readable (h) && xenevtchn_pending (h) == port);

  CHECK (xenevtchn_notify (h, port + 1) == -1 && errno == ENOTCONN);
  CHECK (xenevtchn_unbind (h, port + 1) == -1 && errno == ENOTCONN);
  CHECK (xenevtchn_unbind (h, port) == 0);
  CHECK (xenevtchn_unbind (h, port) == -1);
  xenevtchn_notify (g, theirs); /* to nobody */
  port = xenevtchn_bind_interdomain (h, 1, theirs);
  CHECK (port > 0 && xenevtchn_pending (h) == port);
  CHECK (xenevtchn_notify (h, port) == 0 && readable (g) &&
         xenevtchn_pending (g) == theirs);
  xenevtchn_close (g);
  CHECK (xenevtchn_bind_interdomain (h, 1, theirs) == -1);
  xenevtchn_close (h);
}

/* A process that maps and binds, and is killed. */
static void
test_kill (void)
{
  xenevtchn_handle *g, *h;
  int theirs, pipes[2], status;
  char c;
  pid_t pid;

  setenv ("FAKE_XEN_DOMID", "1", 1);
  g = xenevtchn_open (NULL, 0);
  unsetenv ("FAKE_XEN_DOMID");
  theirs = xenevtchn_bind_unbound_port (g, 0);
  CHECK (pipe (pipes) == 0);
  pid = fork ();
  if (pid == 0) {
    xengnttab_handle *t = xengnttab_open (NULL, 0);

    h = xenevtchn_open (NULL, 0);
    if (xengnttab_map_grant_ref (t, 1, refs[0], PROT_READ) == NULL ||
        xenevtchn_bind_interdomain (h, 1, theirs) == -1 ||
        write (pipes[1], "x", 1) != 1)
      _exit (1);
    for (;;)
      pause ();
  }
  CHECK (read (pipes[0], &c, 1) == 1);
  CHECK (fx_maps () == 1);
  h = xenevtchn_open (NULL, 0);
  CHECK (xenevtchn_bind_interdomain (h, 1, theirs) == -1);
  kill (pid, SIGKILL);
  waitpid (pid, &status, 0);
  CHECK (fx_maps () == 0);
  CHECK (fx_revoke (guest, refs[0]) == 0);
  CHECK (xenevtchn_bind_interdomain (h, 1, theirs) > 0);
  CHECK (counter (FX_COUNT_release_dead) == 2);
  xenevtchn_close (h);
  xenevtchn_close (g);
}

/* A process dies with the host's mutex in hand. */
static void
test_mutex (void)
{
  int status;
  pid_t pid = fork ();

  if (pid == 0) {
    fx_lock ();
    kill (getpid (), SIGKILL);
  }
  waitpid (pid, &status, 0);
  CHECK (fx_maps () == 0);
}

static void
test_faults (xengnttab_handle *h)
{
  struct fx_fault_state *fault = &fx_host->faults[FX_FAULT_map];

  fx_grant (guest, refs[0], frame, 0, false);
  atomic_store (&fault->skip, 1);
  atomic_store (&fault->count, 1);
  CHECK (xengnttab_map_grant_ref (h, 1, refs[0], PROT_READ) != NULL);
  CHECK (xengnttab_map_grant_ref (h, 1, refs[0], PROT_READ) == NULL);
  CHECK (xengnttab_map_grant_ref (h, 1, refs[0], PROT_READ) != NULL);
  CHECK (counter (FX_COUNT_fault) == 1);
  CHECK (fx_domain_destroy (1) == 2);
  CHECK (fx_domain_create (1) == -1 && errno == EBUSY);
}

static void
test_share (void)
{
  xengntshr_handle *s;
  xengnttab_handle *h = xengnttab_open (NULL, 0);
  uint32_t ref;
  char *ours, *theirs;

  setenv ("FAKE_XEN_DOMID", "1", 1);
  s = xengntshr_open (NULL, 0);
  unsetenv ("FAKE_XEN_DOMID");
  ours = xengntshr_share_pages (s, 0, 1, &ref, 1);
  theirs = xengnttab_map_grant_ref (h, 1, ref, PROT_READ|PROT_WRITE);
  CHECK (ours && theirs);
  strcpy (ours, "shared");
  CHECK (strcmp (theirs, "shared") == 0);
  CHECK (xengnttab_unmap (h, theirs, 1) == 0);
  CHECK (xengntshr_unshare (s, ours, 1) == 0);
  CHECK (xengnttab_map_grant_ref (h, 1, ref, PROT_READ) == NULL);
  xengntshr_close (s);
  xengnttab_close (h);
}

int
main (void)
{
  xengnttab_handle *h;

  if (fx_attach () == -1) {
    perror ("FAKE_XEN_DIR");
    return 1;
  }
  make_guest ();
  h = xengnttab_open (NULL, 0);
  CHECK (h != NULL && xengnttab_fd (h) >= 0);
  test_map (h);
  test_copy (h);
  test_events ();
  test_kill ();
  test_mutex ();
  test_share ();
  test_faults (h);
  xengnttab_close (h);
  CHECK (fx_maps () == 0);
  CHECK (fx_domain_create (1) == 0);
  printf ("fake-xen-test: %d failures\n", failures);
  return failures != 0;
}

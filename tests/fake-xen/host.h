/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The fake host: what the hypervisor and dom0's kernel know, in files of the
 * directory that FAKE_XEN_DIR names, mapped by every process that takes
 * part.
 *
 *   host      counters, faults, open handles, mapped grants
 *   domain.N  grant table, event-channel ports and memory of domain N
 *   locks     one byte for each open handle, locked while it is open: the
 *             kernel drops the lock when a process dies, however it dies
 *   evtchn.N  the FIFO behind event-channel handle N
 *
 * Copying and notifying take no lock.  All else takes one robust mutex.
 * What a dead process left behind is released by the next one that asks.
 */

#ifndef FAKE_XEN_HOST_H
#define FAKE_XEN_HOST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FX_MAGIC    0x66617865u
#define FX_PAGE     4096u
#define FX_DOMIDS   0x7ff0u /* DOMID_FIRST_RESERVED */
#define FX_HANDLES  1024u   /* open at once, on the host */
#define FX_MAPS     65536u  /* granted pages mapped at once, on the host */
#define FX_GRANTS   32768u  /* of one domain; the first 8 are Xen's own */
#define FX_PORTS    1024u   /* of one domain; 0 is none */
#define FX_PAGES    49152u  /* of memory of one domain */

/* What is counted.  The _refused ones are what the real thing would refuse:
 * a backend that does no wrong, with a guest that does no wrong, has none.
 */
#define FX_COUNTERS(_)                                                      \
  _(map) _(map_refused) _(unmap) _(unmap_refused)                           \
  _(copy) _(copy_segment) _(copy_bytes) _(copy_refused)                     \
  _(bind) _(bind_refused) _(notify) _(notify_refused)                       \
  _(unbind) _(unbind_refused) _(unmask) _(unmask_refused)                   \
  _(revoke_refused) _(release_dead) _(fault)                                \
  _(store_request) _(store_refused) _(store_conflict)

/* What can be told to fail. */
#define FX_FAULTS(_)                                                        \
  _(open) _(map) _(map_page) _(copy) _(copy_segment) _(bind)                \
  _(store_write) _(store_read) _(store_watch) _(store_transaction)          \
  _(store_rm)

#define FX_ENUM_COUNTER(name) FX_COUNT_##name,
#define FX_ENUM_FAULT(name) FX_FAULT_##name,
enum fx_counter { FX_COUNTERS (FX_ENUM_COUNTER) FX_COUNT_MAX };
enum fx_fault { FX_FAULTS (FX_ENUM_FAULT) FX_FAULT_MAX };

extern const char *const fx_counter_names[FX_COUNT_MAX];
extern const char *const fx_fault_names[FX_FAULT_MAX];

struct fx_fault_state {
  _Atomic int64_t skip;  /* operations that still succeed */
  _Atomic int64_t count; /* then so many fail */
  _Atomic int error;     /* errno, or GNTST_* for copy_segment; 0: usual */
};

enum fx_kind { FX_FREE, FX_GNTTAB, FX_EVTCHN, FX_GNTSHR };

struct fx_handle {
  uint32_t kind;
  uint32_t domid;
  int32_t pid; /* for people only; the lock byte tells who lives */
};

/* One granted page, mapped. */
struct fx_map {
  uint32_t handle; /* index + 1; 0: free */
  uint32_t domid;
  uint32_t ref;
  uint32_t notify_offset; /* byte to clear on unmap; FX_PAGE: none */
  uint32_t notify_port;   /* port to notify on unmap; 0: none */
};

struct fx_host {
  uint32_t magic;
  pthread_mutex_t mutex; /* robust, shared */
  uint32_t map_next, map_high, handle_high;
  struct fx_handle handles[FX_HANDLES];
  struct fx_map maps[FX_MAPS];
  _Atomic uint64_t counters[FX_COUNT_MAX];
  struct fx_fault_state faults[FX_FAULT_MAX];
};

/* A grant entry is one word, so that it is read and changed at once. */
#define FX_GRANT_VALID    (UINT64_C (1) << 63)
#define FX_GRANT_READONLY (UINT64_C (1) << 62)
#define FX_GRANT_READER(entry) ((uint32_t) ((entry) >> 32) & 0xffff)
#define FX_GRANT_FRAME(entry)  ((uint32_t) (entry))

struct fx_grant {
  _Atomic uint64_t entry;
  _Atomic uint32_t maps;   /* how often it is mapped now */
  _Atomic uint32_t copies; /* how often it was copied from or to */
};

enum fx_port_kind { FX_PORT_FREE, FX_PORT_UNBOUND, FX_PORT_BOUND,
                    FX_PORT_VIRQ };

/* A port's peer is one word, for notify: kind, remote domid, remote port. */
#define FX_PEER(kind, domid, port) \
  ((uint64_t) (kind) << 48 | (uint64_t) (domid) << 32 | (port))
#define FX_PEER_KIND(peer)  ((enum fx_port_kind) ((peer) >> 48))
#define FX_PEER_DOMID(peer) ((uint32_t) ((peer) >> 32) & 0xffff)
#define FX_PEER_PORT(peer)  ((uint32_t) (peer))

#define FX_PORT_PENDING 1u /* notified while masked */
#define FX_PORT_MASKED  2u /* delivered, and not unmasked since */

struct fx_port {
  _Atomic uint64_t peer;
  _Atomic uint32_t flags;
  _Atomic uint32_t owner; /* handle index + 1 */
};

struct fx_domain {
  _Atomic uint32_t alive;
  uint32_t domid;
  uint32_t grant_next, page_next, port_next;
  uint8_t page_used[FX_PAGES];
  uint8_t grant_used[FX_GRANTS];
  struct fx_grant grants[FX_GRANTS];
  struct fx_port ports[FX_PORTS];
};

/* Where a domain's memory begins in its file. */
#define FX_MEMORY \
  ((sizeof (struct fx_domain) + FX_PAGE - 1) / FX_PAGE * FX_PAGE)

/* Create the files of a new host in `dir`, with domain 0.  Returns 0, or -1
 * with errno.
 */
extern int fx_host_create (const char *dir);

/* Join the host that FAKE_XEN_DIR names; once is enough, again is allowed.
 * Returns 0, or -1 with errno (ENOENT: no such host).
 */
extern int fx_attach (void);

/* The host, after fx_attach. */
extern struct fx_host *fx_host;

/* The domain that this process plays: FAKE_XEN_DOMID or 0. */
extern uint32_t fx_self (void);

/* A file of the host's directory. */
extern void fx_path (char *path, size_t size, const char *name, int number);

/* The host's mutex. */
extern void fx_lock (void);
extern void fx_unlock (void);

extern void fx_count (enum fx_counter counter, uint64_t n);

/* Shall this operation fail?  If so, *error is what was asked for, or
 * `usual`.
 */
extern bool fx_fault (enum fx_fault fault, int usual, int *error);

/* Domain `domid`, or NULL if there is none.  A pointer stays good for as
 * long as the process lives.
 */
extern struct fx_domain *fx_domain (uint32_t domid);
extern int fx_domain_create (uint32_t domid);

/* Grants and ports go away.  Returns the number of its pages that others
 * still map: it is a zombie until that is 0, and cannot be created again.
 */
extern unsigned fx_domain_destroy (uint32_t domid);

/* The domain's memory, and its file to map pages of. */
extern char *fx_domain_page (struct fx_domain *domain, uint32_t frame);
extern int fx_domain_fd (struct fx_domain *domain);

/* Open a handle: a slot in the host, and a descriptor whose lock says that
 * it is open.  Returns the index, or -1 with errno.
 */
extern int fx_handle_open (enum fx_kind kind, uint32_t domid, int *lock_fd);

/* Release all that the handle holds, as the kernel does at the last close. */
extern void fx_handle_close (int handle, int lock_fd);

/* Release what dead processes held.  Takes the mutex. */
extern void fx_reap (void);

/* The same two with the mutex held. */
extern void fx_reap_locked (void);
extern void fx_release_locked (uint32_t handle);

/* ---- grants: host-grants.c ---- */

/* May `reader` use the grant?  Returns GNTST_*, and the frame. */
extern int fx_grant_check (struct fx_domain *owner, uint32_t ref,
                           uint32_t reader, bool write, uint32_t *frame);

/* Count one more mapping of a grant.  Returns the record, or -1 with
 * *status GNTST_*.  Takes the mutex.
 */
extern int fx_map (int handle, uint32_t domid, uint32_t ref, bool write,
                   int *status, uint32_t *frame);
extern void fx_unmap (uint32_t record);
extern void fx_unmap_locked (uint32_t record);

/* How many pages are mapped by anyone alive; and of one grant. */
extern unsigned fx_maps (void);
extern unsigned fx_grant_maps (struct fx_domain *owner, uint32_t ref);

/* The owner's side: `count` pages in a row, zeroed (returns the first frame,
 * or -1), and numbers of unused grants.
 */
extern int64_t fx_pages_alloc (struct fx_domain *domain, unsigned count);
extern void fx_pages_free (struct fx_domain *domain, uint32_t frame,
                           unsigned count);
extern int fx_grants_alloc (struct fx_domain *domain, unsigned count,
                            uint32_t *refs);
extern void fx_grants_free (struct fx_domain *domain, unsigned count,
                            const uint32_t *refs);

/* Let `reader` use a page; and no longer.  Revoking returns -1 and counts if
 * the page is still mapped; the grant stays then.
 */
extern void fx_grant (struct fx_domain *domain, uint32_t ref, uint32_t frame,
                      uint32_t reader, bool readonly);
extern int fx_revoke (struct fx_domain *domain, uint32_t ref);

/* ---- event channels: host-events.c ---- */

/* Make the handle's FIFO.  Returns its descriptor, or -1 with errno. */
extern int fx_events_open (int handle);

/* Bind a port of domain `self`, held by `handle`.  Returns the port, or -1
 * with errno, as the hypervisor does: ESRCH, EINVAL, ENOSPC.
 */
extern int fx_bind_unbound (int handle, uint32_t self, uint32_t remote);
extern int fx_bind_interdomain (int handle, uint32_t self, uint32_t remote,
                                uint32_t remote_port);
extern int fx_bind_virq (int handle, uint32_t self);

/* Close a port: the other end is left unbound, for `self` to bind again. */
extern void fx_port_close_locked (uint32_t self, uint32_t port);

/* Does the handle hold the port? */
extern bool fx_port_held (int handle, uint32_t self, uint32_t port);

extern void fx_notify (uint32_t self, uint32_t port);
extern bool fx_port_take (uint32_t self, uint32_t port);
extern void fx_unmask (uint32_t self, uint32_t port);

#endif

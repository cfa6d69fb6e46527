/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * A guest's side of a disk, and the toolstack's, on the fake host.
 *
 * The frontend is as wary as Linux's: an answer that it did not wait for,
 * with the wrong operation, given twice, with dirty padding, or while a
 * grant of the request is still mapped is a problem, and so is a byte
 * changed that was not asked for.  Problems are printed and counted; nothing
 * ends because of one.
 */

#ifndef FAKE_GUEST_GUEST_H
#define FAKE_GUEST_GUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <xenstore.h>

#include "abi.h"
#include "host.h"

#define GUEST_QUEUES    16u
#define GUEST_RING      16u  /* pages of a ring */
#define GUEST_PATH      256u
#define GUEST_CANARY    0xa5 /* in the parts of pages that must not change */

enum guest_style {
  STYLE_LINUX, STYLE_GRUB, STYLE_MINIOS, STYLE_OVMF, STYLE_WINDOWS,
  STYLE_FREEBSD, STYLES
};

extern const char *const guest_style_names[STYLES];

struct guest_request {
  struct guest_request *next; /* of the free ones */
  struct guest_queue *queue;
  bool waiting;               /* sent and not answered */
  bool answered;
  int16_t status;             /* of the answer */
  struct abi_request wire;    /* what was sent; .id is the slot's number */
  uint8_t expect_op;          /* of the answer */
  uint64_t sent;              /* ns */
  void (*done) (struct guest_request *request);
  uint64_t tag;               /* the submitter's */
  uint32_t frame;             /* its pages in a row: data, then indirect */
  char *pages;
  uint32_t *refs;             /* one for each page */
  unsigned granted;           /* refs[0..granted) were for this request */
};

struct guest_queue {
  struct guest_disk *disk;
  unsigned number;
  int handle, lock_fd, event_fd;
  int port;
  uint32_t frame;             /* of the ring */
  char *ring;
  uint32_t refs[GUEST_RING];
  uint32_t size;              /* entries */
  uint32_t prod, cons;        /* ours; prod may be ahead of the ring's */
  unsigned inflight;
  struct guest_request *requests, *free;
};

struct guest_connect {
  enum guest_style style;
  const char *protocol;  /* NULL: native; "none": no such key */
  unsigned order;        /* wanted; the backend's maximum holds */
  unsigned queues;       /* wanted; likewise */
  bool forced;           /* no, it does not: another backend offered more */
  const char *naming;    /* of the pages: "order"; "zero": ring-ref0 with an
                          * order of 0; "num": num-ring-pages, no order */
  bool persistent;
  unsigned segments;     /* most in a request; above 11 they are indirect */
  double timeout;        /* seconds, for each step */
  /* What the shared page holds at first.  Honest ones are all alike. */
  uint32_t start, req_prod, rsp_prod;
  uint8_t fill;          /* of every other byte */
};

struct guest_disk {
  uint32_t domid, backend_domid, devid;
  char kind[16];
  char back[GUEST_PATH], front[GUEST_PATH];
  struct xs_handle *dom0;  /* the toolstack's */
  struct xs_handle *xs;    /* the guest's, with its rights only */
  struct fx_domain *domain;
  bool connected;
  struct guest_connect how;
  enum abi abi;
  unsigned order, nqueues;
  bool persistent;
  uint64_t sectors;
  unsigned sector_size, info, indirect;
  int flush, barrier, discard;
  struct guest_queue queues[GUEST_QUEUES];
  unsigned problems;
  bool ignore_padding;
  void *load; /* the one that runs */
};

/* Say it and count it. */
extern void guest_problem (struct guest_disk *disk, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

extern uint64_t guest_now (void); /* ns */

/* ---- xenstore: guest.c ---- */

/* Open both connections; the domain must be there. */
extern int guest_open (struct guest_disk *disk);

/* After xenstored was restarted: connect to it again, if need be. */
extern void guest_renew (struct guest_disk *disk);
extern void guest_close (struct guest_disk *disk);

/* DIR/KEY as text into `value` (`size`), "" if there is none. */
extern bool guest_get (struct xs_handle *xs, const char *dir,
                       const char *key, char *value, size_t size);
extern int64_t guest_number (struct xs_handle *xs, const char *dir,
                             const char *key, int64_t missing);
extern bool guest_put (struct xs_handle *xs, xs_transaction_t t,
                       const char *dir, const char *key,
                       const char *format, ...)
  __attribute__ ((format (printf, 5, 6)));

/* Wait until the backend's state is one of the bits of `states`.  Returns it,
 * or -1 after `timeout` seconds.
 */
extern int guest_wait (struct guest_disk *disk, unsigned states,
                       double timeout);
#define ST(n) (1u << (n))

/* ---- connecting: frontends.c, queue.c ---- */

/* Each returns 0, or -1 after counting a problem. */
extern int guest_connect (struct guest_disk *disk,
                          const struct guest_connect *how);
extern int guest_disconnect (struct guest_disk *disk, enum guest_style style,
                             double timeout);

/* Give all queues back, whatever the states are. */
extern void guest_abandon (struct guest_disk *disk);

extern int queue_open (struct guest_queue *queue, unsigned order);

/* Give everything back; a grant that is still mapped is a problem. */
extern void queue_close (struct guest_queue *queue);

/* ---- I/O: io.c ---- */

/* An unused request, or NULL if the ring is full. */
extern struct guest_request *request_get (struct guest_queue *queue);
extern void request_put (struct guest_request *request);

/* Make it read or write `count` sectors, the first at `skip` sectors in its
 * first page, at most `fragment` (1-8) in each page.  Returns false if it is
 * too much for one request.
 */
extern bool request_build (struct guest_request *request, uint8_t op,
                           uint64_t sector, unsigned count, unsigned skip,
                           unsigned fragment);

/* Sector `n` of what was built. */
extern char *request_sector (struct guest_request *request, unsigned n);
extern unsigned request_sectors (const struct guest_request *request);

/* Fill the pages: what is written with the pattern, and canaries. */
extern void request_fill (struct guest_request *request, uint64_t pattern);

/* Are the sectors read as the pattern says, and the canaries alive?
 * Problems otherwise.
 */
extern bool request_verify (struct guest_request *request, uint64_t pattern);
extern bool request_canaries (struct guest_request *request);

/* Grant its pages and put it on the ring; queue_push shows it. */
extern void request_submit (struct guest_request *request);
extern void queue_push (struct guest_queue *queue);
extern void queue_kick (struct guest_queue *queue);

/* Take the answers that are there. */
extern void queue_reap (struct guest_queue *queue);

/* Take the answer to the only request in flight without a look at it: the
 * guest itself may have spoilt it.  False: there was none.
 */
extern bool queue_take_blindly (struct guest_queue *queue,
                                struct guest_request *request,
                                double timeout);

/* Wait for an event of any queue at most `ms`, and take the answers. */
extern void guest_poll (struct guest_disk *disk, int ms);
extern unsigned guest_inflight (const struct guest_disk *disk);

/* Wait until nothing is in flight.  False: after `timeout` seconds. */
extern bool guest_drain (struct guest_disk *disk, double timeout);

/* The sector's bytes for a pattern; 0 is all zeros. */
extern void pattern_fill (char *bytes, uint64_t sector, uint64_t pattern);
extern bool pattern_check (const char *bytes, uint64_t sector,
                           uint64_t pattern);

/* ---- the toolstack: toolstack.c ---- */

struct toolstack_disk {
  const char *params, *script, *mode, *vdev, *device_type, *discard;
  const char *hotplug;  /* a program; "connected": just say so; or "none" */
  const char *extra[16][2];
  unsigned nextra;
  double timeout;
  bool wait;            /* for InitWait, as libxl does */
  bool domain_only;     /* somebody else writes the nodes */
};

extern int toolstack_create (struct guest_disk *disk,
                             const struct toolstack_disk *how);

/* Take the disk away: politely, or (`force`) the frontend's nodes first. */
extern int toolstack_detach (struct guest_disk *disk, bool force,
                             double timeout);

/* And the domain. */
extern int toolstack_destroy (struct guest_disk *disk, double timeout);

/* ---- load: load.c ---- */

struct load {
  const char *mode;    /* read, write, randread, randwrite, randrw */
  unsigned block;      /* sectors */
  unsigned depth;      /* in each queue */
  double seconds;
  const char *until;     /* and then until this file is there; or NULL */
  uint64_t requests;   /* 0: no limit */
  uint64_t sectors;    /* of the disk that are used; 0: all */
  unsigned flush;      /* one flush in so many requests; 0: none */
  bool verify;
  const char *json;    /* file for the result, or NULL */
  uint64_t seed;
};

extern int guest_load (struct guest_disk *disk, const struct load *load);

#endif

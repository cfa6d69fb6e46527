/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Requests of the blkif protocol, from bytes to checked numbers.
 *
 * Everything here is a pure function over a private copy of the bytes: the
 * guest can change its ring at any time, so whoever takes an entry copies
 * it once and nothing looks at the ring again (XSA-155).
 */

#ifndef XENBUS_BLKIF_H
#define XENBUS_BLKIF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

#define BLKIF_SECTOR           512u /* bytes of the protocol's sector, always */
#define BLKIF_REQUEST_SIZE_MAX 112u /* bytes, the largest of the ABIs */
#define BLKIF_SEGMENTS_MAX      11u /* data pages that a ring entry names */
#define BLKIF_INDIRECT_MAX     256u /* data pages of an indirect request, whose
                                     * segments are in a page of their own */
#define BLKIF_DATA_MAX  (BLKIF_INDIRECT_MAX * 4096u) /* bytes of a request */
#define BLKIF_TABLE_MAX (BLKIF_INDIRECT_MAX * 8u)    /* bytes of its segments */
#define BLKIF_REFUSAL_TEXT      96 /* bytes of a sentence about a refusal */

/* How one kind of guest lays out requests and responses.  The fields that
 * are not here have the same place in all of them.
 */
struct blkif_abi {
  const char *name;        /* as in the frontend's "protocol" node */
  uint32_t request_size;   /* bytes of a request, and of a ring entry */
  uint32_t response_size;  /* bytes of a response with its padding */

  /* Bytes from the beginning of a request to a field of it. */
  uint32_t id;
  uint32_t sector;
  uint32_t segments;
  uint32_t discard_sectors;
  uint32_t indirect;       /* grants of the pages with the segments */
};

/* The layout named `name`; the default for NULL is x86_32's on x86 (what
 * Linux and QEMU assume: Xen's io/blkif.h says native, but every 64-bit
 * frontend names its protocol) and native elsewhere.  NULL for an unknown name.
 */
extern const struct blkif_abi *blkif_abi_find (const char *name);

enum blkif_kind {
  BLKIF_READ,
  BLKIF_WRITE,
  BLKIF_FLUSH,    /* flush, then write what data there is */
  BLKIF_BARRIER,  /* as FLUSH, with nothing before or after moved across it */
  BLKIF_DISCARD,
};

/* Why a request was refused; counted by the worker. */
enum blkif_refusal {
  BLKIF_ACCEPTED,
  BLKIF_BAD_OPERATION,  /* unknown, or not offered to the guest */
  BLKIF_BAD_SEGMENTS,   /* none, too many, or beyond the page */
  BLKIF_BAD_RANGE,      /* beyond the end of the disk */
  BLKIF_BAD_ALIGNMENT,  /* not on the boundaries of sector-size */
  BLKIF_BAD_WRITE,      /* to a read-only disk */
  BLKIF_BAD_INDIRECT,   /* other than a read or write, or nested */
  BLKIF_BAD_TABLE,      /* the indirect segments cannot be had */
  BLKIF_REFUSALS        /* how many there are */
};

/* What the disk takes. */
struct blkif_bounds {
  uint64_t sectors;      /* of 512 bytes */
  uint32_t sector_size;  /* bytes; requests are aligned to it */
  bool read_only;
  bool flush;            /* FLUSH_DISKCACHE and WRITE_BARRIER are offered */
  bool discard;          /* DISCARD is offered */
  unsigned indirect;     /* segments of an indirect request that are offered,
                          * up to BLKIF_INDIRECT_MAX; 0: none are */
};

struct blkif_segment {
  uint32_t gref;    /* the guest's page */
  uint16_t offset;  /* bytes into the page */
  uint16_t length;  /* bytes, never crossing the page */
};

struct blkif_io {
  uint64_t id;        /* the guest's own; echoed, never used */
  uint8_t operation;  /* as the response must name it */
  enum blkif_kind kind;
  uint64_t offset;    /* bytes; offset + length is within the disk */
  uint64_t length;    /* bytes; of the segments, or to discard */
  unsigned nsegments; /* 0 for DISCARD, and for a FLUSH without data */
  bool indirect;      /* the segments stood, or were to, in another page */
  unsigned claimed;   /* segments that it says it has, also if it is refused */
  struct blkif_segment *segments; /* room for BLKIF_INDIRECT_MAX, set by the
                                   * caller before the request is parsed */
};

/* The segments of an indirect request stand in a page of the guest's.  Fills
 * in `where` (up to BLKIF_TABLE_MAX bytes) and returns true if that has to be
 * copied before the request in the abi->request_size bytes at `raw` can be
 * parsed; false if it is not such a request, or is to be refused anyway.
 */
extern bool blkif_table (const struct blkif_abi *abi, const void *raw,
                         const struct blkif_bounds *bounds,
                         struct blkif_segment *where);

/* Parse and check the request in the abi->request_size bytes at `raw`.
 * `table` is a private copy of what blkif_table asked for, or NULL if there
 * is none.  This one function has every check that there is, for
 * every operation.
 *
 * Returns BLKIF_ACCEPTED and all of `io`; or the reason for refusing it,
 * and then only io->id and io->operation are set.
 */
extern enum blkif_refusal blkif_parse (const struct blkif_abi *abi,
                                       const void *raw, const void *table,
                                       const struct blkif_bounds *bounds,
                                       struct blkif_io *io);

/* The status that answers a refused request: EOPNOTSUPP for operations,
 * so that the frontend uses them no more, ERROR for everything else.
 */
extern int16_t blkif_refusal_status (enum blkif_refusal refusal);

/* A few words for the statistics, never NULL. */
extern const char *blkif_refusal_name (enum blkif_refusal refusal);

/* The same for the log, at most BLKIF_REFUSAL_TEXT bytes: with the number of
 * segments, and what is allowed, if that was wrong.
 */
extern void blkif_describe_refusal (enum blkif_refusal refusal,
                                    const struct blkif_bounds *bounds,
                                    const struct blkif_io *io,
                                    struct failure *failure);

/* Put a response into the abi->response_size bytes at `raw`, with its
 * padding zeroed (XSA-216).
 */
extern void blkif_format_response (const struct blkif_abi *abi, void *raw,
                                   uint64_t id, uint8_t operation,
                                   int16_t status);

#endif

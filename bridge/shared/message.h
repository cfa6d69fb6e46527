/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What the daemon and a worker tell each other: one JSON object in one
 * packet of a local SOCK_SEQPACKET socket.
 *
 * The daemon says what it wants, each time with a higher serial.  The worker
 * says how things are: its one message has all facts, is sent whenever one
 * of them changes and to every daemon that connects, and names the serial
 * that it has dealt with last.  So a daemon that was restarted knows as much
 * as the one before, and nothing depends on a message that was missed.
 *
 * Members that are not known are passed over: an old worker may meet a new
 * daemon.  A change that breaks the meaning, or a new message from the daemon,
 * raises MESSAGE_VERSION; a worker is not sent what it does not know.  What a
 * worker of a later version says may not be understood: what becomes of it
 * stands in bridge/daemon/worker-link.h.  So open and quit, and a status's
 * version, mean the same in all versions.
 */

#ifndef BRIDGE_SHARED_MESSAGE_H
#define BRIDGE_SHARED_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"
#include "message-task.h"
#include "stats.h"
#include "tune.h"
#include "nbd-client/export.h"
#include "nbd-client/options.h"
#include "nbd-client/status.h"
#include "xenbus/device-rings.h"

#define MESSAGE_VERSION     2  /* see above */
#define MESSAGE_MAX     32768u /* bytes of a packet */

enum message_type {
  MESSAGE_OPEN,       /* daemon: open this target */
  MESSAGE_CONNECT,    /* daemon: serve these rings */
  MESSAGE_DISCONNECT, /* daemon: finish, and give the rings back */
  MESSAGE_QUIT,       /* daemon: finish, give the rings back, and exit */
  MESSAGE_STATUS,     /* worker: how things are */
  MESSAGE_CLAIM,      /* xen-nbdctl: the script claims this device */
  MESSAGE_VERDICT,    /* daemon: what becomes of a claim */
  MESSAGE_LOG_LEVEL,  /* daemon: log this much; workers of version 2 */
  MESSAGE_ASK_STATS,  /* daemon: what have the rings done? */
  MESSAGE_STATS,      /* worker: what a ring has done; with the serial of the
                       * question, one for each ring that there ever was, in
                       * order */
  MESSAGE_TUNE,       /* daemon: serve the disk like this from now on */
  MESSAGE_STOP,       /* daemon: take nothing from the rings */
  MESSAGE_RESUME,     /* daemon: go on, with what failed first */
  MESSAGE_TASK,       /* daemon: do this; a status says when it is done */
  MESSAGE_TYPES
};

/* Why a disk was stopped, as QEMU's iostatus. */
enum message_io_status {
  MESSAGE_IO_OK,      /* it was no error, but the operator */
  MESSAGE_IO_FAILED,  /* the server failed a command */
  MESSAGE_IO_NOSPACE, /* the server had no room left */
  MESSAGE_IO_STATES
};

struct message_open {
  char target[STORE_VALUE_MAX + 1]; /* in any spelling; "": no medium */
  struct nbd_client_options options;
  bool removable;               /* another target than before is another
                                 * medium */
  uint32_t connections;         /* that several rings may have to the server */
  struct tune tune;             /* for a disk that is not open yet */
};

struct message_connect {
  struct device_rings rings;
  uint32_t sector_size;         /* bytes; 512 or 4096 */
  bool flush, discard;          /* these are offered to the guest */
  uint32_t indirect;            /* segments of an indirect request that are
                                 * offered to the guest; see blkif.h */
  bool persistent;              /* the guest can keep its grants, and is told
                                 * that we do */
  bool read_only;
};

struct message_status {
  int version;                  /* MESSAGE_VERSION of the worker */
  unsigned target;              /* enum handshake_target */
  unsigned rings;               /* enum handshake_rings */
  unsigned server;              /* enum nbd_client_state */
  unsigned attempts;            /* to connect that failed in a row */
  char reason[NBD_CLIENT_REASON_MAX]; /* why the server's state is so */
  char ring_error[DEVICE_ERROR_MAX];  /* why the rings failed, or "" */
  bool has_export;
  struct nbd_client_export export;
  uint32_t indirect;            /* segments that the worker can serve */
  bool persistent;              /* it keeps the grants of these rings */
  uint32_t connections;         /* to the server, that serve the rings */
  bool has_tune;                /* `tune` is known: old workers do not say */
  struct tune tune;             /* how it serves the disk */
  char stopped[DEVICE_ERROR_MAX]; /* why it takes nothing, or "" */
  unsigned io_status;           /* enum message_io_status, of a stopped disk */
  struct task_end tasks[TASKS]; /* the last of each kind that has ended */
};

struct message_tune {
  struct tune tune;             /* sector_size stays as it was */
};

struct message_claim {
  struct device_id id;
};

struct message_verdict {
  bool accepted;
  char text[DEVICE_ERROR_MAX];  /* why not, or "" */
};

struct message_log_level {
  enum log_level level;
};

struct message_stats {
  uint32_t ring, rings;         /* which ring, and how many there are */
  uint64_t connects;            /* connections to the server, in all */
  uint64_t server_errors;       /* commands that the server failed */
  struct stats stats;
};

struct message {
  enum message_type type;
  uint64_t serial;
  union {
    struct message_open open;
    struct message_connect connect;
    struct message_status status;
    struct message_claim claim;
    struct message_verdict verdict;
    struct message_tune tune;
    struct message_log_level log_level;
    struct message_stats stats;
    struct message_task task;
  };
};

/* Write `message` as text into the `size` bytes at `buffer`.  Returns its
 * length in bytes, or 0 if it does not fit or memory is short.
 */
extern size_t message_encode (const struct message *message,
                              char *buffer, size_t size);

/* Read the `length` bytes at `buffer`, which may be anything.  Every number
 * is range-checked.  Returns 0, or -1 if they are no message; if it was a
 * status that told its version, the type and that are set all the same.
 */
extern int message_decode (const char *buffer, size_t length,
                           struct message *message);

#endif

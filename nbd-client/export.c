/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Judging what a server offers: see export.h.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "export.h"
#include "plan.h"
#include "status.h"

/* Block sizes, in units that this client can use.  Returns as export_open. */
static int
export_blocks (const struct export_facts *facts,
               struct nbd_client_export *export, struct failure *failure)
{
  int64_t minimum = facts->minimum > 0 ? facts->minimum : 1;
  int64_t preferred =
    facts->preferred > 0 ? facts->preferred : EXPORT_PREFERRED_DEFAULT;
  int64_t maximum =
    facts->maximum > 0 ? facts->maximum : EXPORT_MAXIMUM_DEFAULT;

  if (minimum > NBD_CLIENT_BLOCK_MAX)
    return failure_set (failure, "the export's minimum block size is %" PRIi64
                        " bytes; at most %d can be used", minimum,
                        NBD_CLIENT_BLOCK_MAX);
  if (minimum < PLAN_SECTOR)
    minimum = PLAN_SECTOR;
  if ((minimum & (minimum - 1)) != 0 || maximum < minimum)
    return failure_set (failure, "the export's block sizes cannot be used:"
                        " minimum %" PRIi64 ", maximum %" PRIi64, minimum,
                        maximum);
  export->minimum_block = (uint32_t) minimum;
  export->preferred_block =
    (uint32_t) (preferred < minimum ? minimum : preferred);
  export->maximum_block =
    (uint32_t) (maximum > UINT32_MAX ? UINT32_MAX : maximum);
  return 0;
}

int
export_open (const struct export_facts *facts, bool read_only,
             struct nbd_client_export *export, struct failure *failure)
{
  bool writable = !facts->read_only && !read_only;

  memset (export, 0, sizeof *export);
  if (facts->size < 0)
    return failure_set (failure,
                        "the export says that it has 2^63 bytes or more");
  if (export_blocks (facts, export, failure) == -1)
    return -1;
  export->real_size = (uint64_t) facts->size;
  export->size = export->real_size & ~(uint64_t) (export->minimum_block - 1);
  if (export->size == 0)
    return failure_set (failure, facts->size == 0 ? "the export has size 0" :
                        "the export has %" PRIi64
                        " bytes, less than one block of %" PRIu32, facts->size,
                        export->minimum_block);
  export->read_only = !writable;
  export->flush = facts->flush;
  export->fua = writable && facts->fua;
  export->trim = writable && facts->trim;
  export->zero = writable && facts->zero;
  export->multi_conn = facts->multi_conn;
  return 0;
}

/* One more thing that changed for the worse. */
static void __attribute__ ((format (printf, 2, 3)))
complain (char reason[NBD_CLIENT_REASON_MAX], const char *format, ...)
{
  size_t used = strlen (reason);
  va_list args;

  if (used > 0 && used + 2 < NBD_CLIENT_REASON_MAX) {
    memcpy (reason + used, "; ", sizeof "; ");
    used += 2;
  }
  va_start (args, format);
  vsnprintf (reason + used, NBD_CLIENT_REASON_MAX - used, format, args);
  va_end (args);
}

int
export_compare (const struct nbd_client_export *first,
                const struct nbd_client_export *now,
                struct failure *failure)
{
  char reason[NBD_CLIENT_REASON_MAX] = "";

  if (now->real_size < first->size)
    complain (reason, "the export is now %" PRIu64 " bytes, it was %" PRIu64,
              now->real_size, first->real_size);
  if (now->read_only && !first->read_only)
    complain (reason, "the export is now read-only");
  if (!now->flush && first->flush)
    complain (reason, "the server no longer offers flush");
  /* A read-only export has no trim either: one complaint is enough. */
  if (!now->trim && first->trim && !now->read_only)
    complain (reason, "the server no longer offers trim");
  if (now->minimum_block > first->minimum_block)
    complain (reason, "the minimum block size is now %" PRIu32
              " bytes, it was %" PRIu32, now->minimum_block,
              first->minimum_block);
  if (now->maximum_block < first->minimum_block)
    complain (reason, "the maximum block size is now %" PRIu32
              " bytes, less than one block of %" PRIu32, now->maximum_block,
              first->minimum_block);
  return reason[0] ? failure_set (failure, "%s", reason) : 0;
}

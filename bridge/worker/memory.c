/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

/* Segments that are loaded without write permission are never changed, not
 * even by relocation, so dropping their pages loses nothing.
 */
static int
release_object (struct dl_phdr_info *info, size_t size, void *opaque)
{
  const uintptr_t page = sysconf (_SC_PAGESIZE);
  unsigned i;

  (void) size;
  (void) opaque;
  for (i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + segment->p_vaddr;
    uintptr_t end = start + segment->p_memsz;

    start &= ~(page - 1);
    end = (end + page - 1) & ~(page - 1);
    if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
      madvise ((void *) start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void
memory_release_text (void)
{
  dl_iterate_phdr (release_object, NULL);
}

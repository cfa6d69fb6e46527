/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs a fuzz target over all files of the folders (and the single files)
 * given as arguments, without libFuzzer: each find stays a test with any
 * compiler.  Without arguments the folder is SRCDIR/tests/fuzz/corpus/NAME,
 * where the program is called replay-NAME.
 */

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20) /* bytes; no corpus entry is near that */

static void
replay_file (const char *path)
{
  FILE *file = fopen (path, "rb");
  char *buffer = malloc (INPUT_MAX);
  uint8_t *exact;
  size_t size;

  if (!file || !buffer) {
    perror (path);
    exit (1);
  }
  size = fread (buffer, 1, INPUT_MAX, file);
  fclose (file);
  exact = malloc (size + 1); /* sanitizers see what is read beyond it */
  if (!exact)
    exit (1);
  memcpy (exact, buffer, size);
  free (buffer);
  fprintf (stderr, "%s\n", path); /* the last one named is the one */
  LLVMFuzzerTestOneInput (exact, size);
  free (exact);
}

/* Returns the number of files that were run. */
static unsigned
replay (const char *path)
{
  DIR *dir = opendir (path);
  struct dirent *entry;
  struct stat info;
  unsigned n = 0;

  if (!dir && errno == ENOTDIR) {
    replay_file (path);
    return 1;
  }
  if (!dir)
    return 0;
  while ((entry = readdir (dir)) != NULL) {
    char name[4096];

    snprintf (name, sizeof name, "%s/%s", path, entry->d_name);
    if (stat (name, &info) == 0 && S_ISREG (info.st_mode)) {
      replay_file (name);
      n++;
    }
  }
  closedir (dir);
  return n;
}

static unsigned
replay_default (const char *program)
{
  const char *source = getenv ("SRCDIR"), *name = strstr (program, "replay-");
  char path[4096];

  if (!name)
    return 0;
  while (strstr (name + 1, "replay-"))
    name = strstr (name + 1, "replay-");
  snprintf (path, sizeof path, "%s/tests/fuzz/corpus/%s",
            source ? source : ".", name + strlen ("replay-"));
  return replay (path);
}

int
main (int argc, char **argv)
{
  unsigned n = 0;
  int i;

  for (i = 1; i < argc; i++)
    n += replay (argv[i]);
  if (argc == 1)
    n = replay_default (argv[0]);
  printf ("%u inputs\n", n);
  return n > 0 ? 0 : 77;
}

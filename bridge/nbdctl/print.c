/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#include <config.h>

#include <stdio.h>

#include "member.h"
#include "print.h"

void
nbdctl_print_json (const json_t *value)
{
  json_dumpf (value, stdout, JSON_INDENT (2) | JSON_ENCODE_ANY);
  putchar ('\n');
}

/* "512K", "64M": exact, or "-" for what is no number. */
static const char *
size_text (const json_t *size, char *text, size_t room)
{
  static const char units[] = "BKMGTP";
  json_int_t n = json_integer_value (size);
  unsigned unit = 0;

  if (!json_is_integer (size))
    return "-";
  while (n >= 1024 && n % 1024 == 0 && unit < sizeof units - 2) {
    n /= 1024;
    unit++;
  }
  snprintf (text, room, "%lld%c", (long long) n, units[unit]);
  return text;
}

void
nbdctl_print_list (const json_t *disks)
{
  static const char format[] = "%-16s %-6s %-12s %-10s %8s %-4s %s\n";
  size_t i;

  printf (format, "DEVICE", "VDEV", "STATE", "SERVER", "SIZE", "MODE",
          "TARGET");
  for (i = 0; i < json_array_size (disks); i++) {
    const json_t *disk = json_array_get (disks, i);
    char size[32];

    printf (format, nbdctl_member (disk, "device"),
            nbdctl_member (disk, "vdev"), nbdctl_member (disk, "state"),
            nbdctl_member (disk, "server"),
            size_text (json_object_get (disk, "size"), size, sizeof size),
            json_is_true (json_object_get (disk, "writable")) ? "w" : "r",
            nbdctl_member (disk, "target"));
  }
}

static void
print_value (const json_t *value)
{
  if (json_is_string (value))
    printf ("%s\n", json_string_value (value));
  else if (json_is_boolean (value))
    puts (json_is_true (value) ? "yes" : "no");
  else if (json_is_null (value))
    puts ("-");
  else {
    json_dumpf (value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar ('\n');
  }
}

void
nbdctl_print_members (const json_t *object)
{
  const char *name, *inner_name;
  json_t *value, *inner;

  json_object_foreach ((json_t *) object, name, value) {
    if (!json_is_object (value)) {
      printf ("%s: ", name);
      print_value (value);
      continue;
    }
    json_object_foreach (value, inner_name, inner) {
      printf ("%s %s: ", name, inner_name);
      print_value (inner);
    }
  }
}

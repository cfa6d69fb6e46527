#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The rules of the house that a machine can check: who may include and call
# what, that nothing goes in circles, that the libraries hold no globals, that
# the map has all files, how long they may be.
# The sources are in $SRCDIR, the built libraries in $BUILDDIR.

SRCDIR=${SRCDIR:-$(dirname "$0")/..}
BUILDDIR=$(cd "${BUILDDIR:-.}" && pwd) || exit 1
cd "$SRCDIR" || exit 1
broken=$(mktemp) || exit 1

# complain RULE: standard input holds what breaks it, if anything.  It runs at
# the end of a pipe and so cannot set a variable.
complain ()
{
  found=$(cat)
  [ -z "$found" ] && return
  echo "== broken: $1"
  echo "$found"
  echo "$1" >>"$broken"
}

# code FILE...: the files without their comments, as FILE:LINE:TEXT.
code ()
{
  awk '
    FNR == 1 { comment = 0 }
    {
      line = $0; out = ""
      while (line != "") {
        if (comment) {
          at = index (line, "*/")
          if (!at) break
          comment = 0; line = substr (line, at + 2)
        }
        else {
          at = index (line, "/*")
          if (!at) { out = out line; break }
          out = out substr (line, 1, at - 1)
          comment = 1; line = substr (line, at + 2)
        }
      }
      print FILENAME ":" FNR ":" out
    }' "$@"
}

# sources FOLDER...: its C files.
sources () { find "$@" -name '*.[ch]' | sort; }

products="base xenbus nbd-client bridge"

# edges: what includes what, as "WHERE FROM TO", TO being a file of ours with its
# folder.  An include without a folder is of the same folder.
edges ()
{
  code $(sources $products) | sed -n 's/^\([^:]*\):\([0-9]*\):#include "\(.*\)"$/\1 \2 \3/p' |
    while read -r from line header; do
      [ "$header" = "${header#*/}" ] && [ -f "${from%/*}/$header" ] &&
        header=${from%/*}/$header
      echo "$from:$line $from $header"
    done
}

edges >"$broken.edges"
trap 'rm -f "$broken" "$broken.edges"' EXIT

# Arrows point down: programs to what they share and to the libraries, nobody to a
# program, and all to base.
room () { echo "${1%/*}"; }
while read -r where from to; do
  from=$(room "$from") to=$(room "$to")
  case "$from $to" in
    "$from $from" | "$from base" | bridge/*" "bridge/shared | bridge/*" "xenbus | bridge/*" "nbd-client) ;;
    *) echo "$where includes $to" ;;
  esac
done <"$broken.edges" >"$broken.forbidden"
forbidden=$(wc -l <"$broken.forbidden")
complain "arrows between folders point down" <"$broken.forbidden"
rm -f "$broken.forbidden"

# A file and its header are one; whatever can be taken away because it includes
# nothing that is left is in no circle.
circles=$(awk '
  function noun (file) { sub (/\.[ch]$/, "", file); return file }
  { from = noun ($2); to = noun ($3)
    if (from != to && !((from, to) in seen)) { seen[from, to] = 1; out[from]++; into[to] = into[to] " " from }
    there[from]; there[to] }
  END {
    do {
      gone = 0
      for (n in there) if (!out[n]) {
        k = split (into[n], who, " ")
        for (i = 1; i <= k; i++) out[who[i]]--
        delete there[n]; gone = 1
      }
    } while (gone)
    for (n in there) print n
  }' "$broken.edges" | sort)
echo "$circles" | sed '/^$/d; s/$/ is in a circle of includes, or includes one/' |
  complain "no circle of includes"

# The map names every file, by its noun, below the line with its folder.
unmapped=$(sources $products | sed 's/\.[ch]$//' | sort -u | while read -r noun; do
  awk -v folder="${noun%/*}/" -v noun="${noun##*/}" '
    /^## / { map = /^## Map/ }
    map && $1 ~ /\/$/ { here = $1 == folder }
    map && here { for (i = 1; i <= NF; i++) { word = $i; gsub (/[.,:;()]/, "", word); if (word == noun) found = 1 } }
    END { exit !found }' doc/architecture.md || echo "$noun"
done)
echo "$unmapped" | sed '/^$/d; s/$/ is not on the map in doc\/architecture.md/' |
  complain "every source file is on the map"
echo "$forbidden forbidden includes, $(echo "$circles" | grep -c .) files in circles, $(echo "$unmapped" | grep -c .) files not on the map"

for library in xenbus nbd-client; do
  code $(sources "$library") |
    grep -E '(^|[^[:alnum:]_>.])(_?exit|_Exit|quick_exit|abort|v?f?printf|v?dprintf|f?puts|f?putc|putchar|perror|v?syslog|openlog|assert) *\(' |
    complain "$library/ does not end the program and does not print"
done

# The same as the linker sees it, macros and all.
for library in libxenbus.a libnbdclient.a; do
  if [ ! -f "$BUILDDIR/$library" ]; then
    echo "$BUILDDIR/$library is missing: build first" | complain "there is something to check"
    continue
  fi
  nm -A -u "$BUILDDIR/$library" 2>/dev/null |
    grep -E ' U (_?exit|_Exit|quick_exit|abort|(__)?v?f?printf(_chk)?|(__)?v?dprintf(_chk)?|f?puts|f?putc|putchar|perror|(__)?v?syslog(_chk)?|openlog|__assert_fail|std(out|err))$' |
    complain "$library does not end the program and does not print"

  # Pointers that are constant are in .data.rel.ro, which becomes read-only;
  # nm calls that data, too.  Names with "__" or a dot in front are the
  # compiler's.
  objdump -t "$BUILDDIR/$library" 2>/dev/null |
    awk '/file format/ { file = $1 }
         $0 ~ /[ \t](\.t?data|\.t?bss|\*COM\*)/ && $0 !~ /[ \t]\.data\.rel\.ro/ &&
         $0 !~ / d  / && $NF !~ /^(__|\.)/ { print file, $NF }' |
    complain "$library holds no writable globals"
done

code $(sources xenbus bridge) | grep -E '#include <libnbd\.h>|(^|[^[:alnum:]_])nbd_(aio_|create|close|connect|get_|set_|pread|pwrite|block_status)' |
  complain "libnbd is used in nbd-client/ only"

code $(sources nbd-client bridge) |
  grep -E '#include <xs?enstore\.h>|#include <xenstore|(^|[^[:alnum:]_])xs_[a-z_]+ *\(' |
  complain "libxenstore is used in xenbus/ only"

code $(sources nbd-client bridge) | grep -E '#include <xen(gnttab|evtchn|foreignmemory)\.h>' |
  complain "grants and event channels are used in xenbus/ only"

# tests/fake-xen/qemu-*.c stand in for libxenctrl, and need its header.
code $(sources $products tests | grep -v "fake-xen/qemu-") | grep -E '#include <xenctrl' |
  complain "nobody needs libxenctrl"

# tests/fake-* play Xen and the guest, each from its own side.
code $(sources $products tests | grep -v -e '^tests/fake-' -e '^xenbus/xen-public.h$') |
  grep -E '#include <xen/' |
  complain "Xen's public headers are included by xenbus/xen-public.h only"

for file in $(sources $products tests); do
  lines=$(wc -l <"$file")
  [ "$lines" -le 500 ] || echo "$file: $lines"
done | complain "files have 500 lines at most"

code $(sources $products) | grep -E '(^|[^[:alnum:]_])strcpy *\(' |
  complain "texts are copied with their size"

grep -nE '^ \* In [a-z-]+\.c|/\* In [a-z-]+\.c' $(sources $products) |
  complain "a header declares what its own file does"

# Not spelt out here, or this file would be found as well.
find $products tests contrib doc configure.ac Makefile.am quickstart -type f 2>/dev/null |
  xargs grep -nIE '(^|[^[:alnum:]_])(TO''DO|FIX''ME|X''XX)([^[:alnum:]_]|$)' |
  complain "nothing is left for later"

[ ! -s "$broken" ]

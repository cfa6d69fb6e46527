#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The list of pitfalls has all of them, and what it names is there; so is what
# doc/parity.md names.

SRCDIR=${SRCDIR:-$(dirname "$0")/../..}
cd "$SRCDIR/tests" || exit 1

# Number and last column, without what is in backticks or parentheses.
rows=$(sed -n 's/^| P\([0-9]*\) |.*| \(.*\) |$/\1 \2/p' e2e/pitfalls.md |
       sed 's/`[^`]*`//g; s/([^)]*)//g')
wrong=$(echo "$rows" | {
  last=0
  while read -r number text; do
    last=$((last + 1))
    [ "$number" = $last ] || echo "P$last is missing, or not in its place"
    last=$number named=0
    case $text in
      *"does not apply"* | *"every test"* | "every load"*) named=1 ;;
    esac
    for name in $(echo "$text" | grep -Eo '[a-z0-9]+([-/][a-z0-9]+)*'); do
      if [ -e "e2e/test-$name.sh" ] || [ -e "fuzz/corpus/$name" ] ||
         [ -e "real-xen/cases/$name.sh" ] || [ -e "xenbus/$name.c" ] ||
         [ -e "nbd-client/$name.c" ] || [ -e "bridge/$name.c" ]; then
        named=1
        continue
      fi
      case $name in
        *[-/]*) echo "P$number: there is no $name" ;;
      esac
    done
    [ $named = 1 ] || echo "P$number: no test, and no reason"
  done
  [ "$last" = 50 ] || echo "the list ends with P$last"
})
# In doc/parity.md a dash stands for no test.
rows=$(sed -n 's/^| .* | \([^|]*\) |$/\1/p' ../doc/parity.md)
[ "$(echo "$rows" | wc -l)" -gt 100 ] || wrong="$wrong
doc/parity.md has lost its rows"
missing=$(echo "$rows" | tr ';, ' '\n\n\n' | sed '/:$/d; /^$/d; /^-$/d; /^shown$/d; /^by$/d' | sort -u |
  while read -r name; do
    [ -e "e2e/test-$name.sh" ] || [ -e "real-xen/cases/$name.sh" ] ||
      [ -e "fuzz/fuzz-$name.c" ] || [ -e "xenbus/$name.c" ] ||
      [ -e "nbd-client/$name.c" ] || [ -e "bridge/$name.c" ] ||
      echo "doc/parity.md: there is no $name"
  done)
wrong=$wrong$missing
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }

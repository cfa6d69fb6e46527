#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Segments that begin and end within their pages, of all lengths: nothing
# but what was asked for is touched, neither of the pages nor of the disk.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
{
  echo "$disk"
  echo "connect linux"
  i=0
  for fragment in 1 2 3 5 7 8; do
    for skip in 0 1 3 6 7; do
      i=$((i + 1))
      echo "write sector=$((i * 100)) count=61 pattern=$i skip=$skip fragment=$fragment"
    done
  done
  j=0
  while [ $j -lt $i ]; do
    j=$((j + 1))
    echo "verify sector=$((j * 100)) count=61 pattern=$j skip=$((j % 8)) fragment=$((j % 7 + 1))"
    echo "verify sector=$((j * 100 + 61)) count=39 pattern=0"
  done
  echo "expect problems 0"
  echo "close"
  echo "destroy"
} >"$D/script"
guest 1 <"$D/script"
finish

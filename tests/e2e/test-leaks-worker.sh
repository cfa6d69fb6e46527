#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A worker whose frontend connects and closes 50 times has no more
# descriptors afterwards.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
{
  echo "$disk"
  i=0
  while [ $i -lt 52 ]; do
    i=$((i + 1))
    [ $i != 2 ] || echo "sh ls /proc/\$(cat $D/worker-vbd-1-51712)/fd | wc -l >$D/before"
    echo "connect linux"
    echo "write sector=0 count=88"
    echo "close"
    echo "state 1"
    echo "wait-state 2"
  done
  echo "sh ls /proc/\$(cat $D/worker-vbd-1-51712)/fd | wc -l >$D/after"
  echo "expect problems 0"
  echo "destroy"
} >"$D/script"
guest 1 <"$D/script"
expect_equal "descriptors of the worker" "$(cat "$D/after")" \
  "$(cat "$D/before")"
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 1
finish

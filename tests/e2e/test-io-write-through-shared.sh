#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Writes that end while a flush is at the server share the next one.

. "$SRCDIR/tests/e2e/volatile.sh"

printf 'write-cache = off\n' >"$D/conf"
start_daemon --config "$D/conf"
start_volatile delay=20
{
  echo "$disk"
  echo "connect linux"
  i=0
  while [ $i -lt 30 ]; do
    echo "write sector=$((i * 100)) count=8 pattern=$i async=1"
    i=$((i + 1))
  done
  echo "drain"
  echo "expect problems 0"
  echo "close"
  echo "destroy"
} >"$D/script"
guest 1 <"$D/script"
writes=$(grep -c '^write' "$D/trace")
flushes=$(grep -c '^flush' "$D/trace")
expect_equal "writes" "$writes" 30
[ "$flushes" -ge 1 ] && [ "$flushes" -lt 30 ] || fail "$flushes flushes"
# The last answer had a flush behind the last write.
tail -n 1 "$D/trace" | grep -q '^END flush$' || fail "$(cat "$D/trace")"
finish

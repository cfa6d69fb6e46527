#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A barrier on one ring waits for the requests of all rings, and none of them
# starts before it has ended.  nbdkit's log is the witness.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter log delay
start_nbdkit s1 --filter=log --filter=delay memory 16M logfile="$D/trace" \
  wdelay=50ms
echo 'max-queues = 3' >"$D/conf"
start_daemon --config "$D/conf"
# Far apart, so that they are not merged.
{
  echo "$disk"
  echo "connect linux queues=3"
  for barrier in 1 2 3; do
    for write in 1 2 3 4 5 6 7 8; do
      echo "write sector=$((barrier * 1000 + write * 100)) count=8 queue=$((write % 2 * 2)) async=1 pattern=$barrier"
    done
    echo "barrier sector=64 count=8 queue=1 async=1 pattern=$barrier"
  done
  echo "drain"
  echo "verify sector=64 count=8 pattern=3"
  echo "verify sector=1100 count=8 pattern=1"
  echo "verify sector=3800 count=8 pattern=3"
  echo "expect problems 0"
  echo "close"
  echo "destroy"
} >"$D/script"
guest 1 <"$D/script"
# A line that ends with ... is where a command begins.  Each connection's flush
# at the end is no barrier's.
awk '
  / (Write|Flush) id=.*\.\.\.$/ {
    alone = / Flush / || / offset=0x8000 /
    if (alone && open || held)
      print "not alone: " $0
    held = alone
    open++
    barriers += / offset=0x8000 /
  }
  /\.\.\.(Write|Flush) id=/ { open--; held = 0 }
  barriers == 3 && !open { exit }
  END { if (barriers != 3) print barriers + 0 " barriers" }
' "$D/trace" >"$D/wrong"
[ ! -s "$D/wrong" ] || fail "$(cat "$D/wrong" "$D/trace")"
finish

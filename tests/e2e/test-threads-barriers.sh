#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# One ring with barrier after barrier does not keep another waiting, which has a
# thread of its own.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter log delay
start_nbdkit s1 --filter=log --filter=delay memory 16M logfile="$D/trace" \
  wdelay=50ms
echo 'max-queues = 2' >"$D/conf"
start_daemon --config "$D/conf"
{
  echo "$disk"
  echo "connect linux queues=2"
  for i in $(seq 25); do
    echo "barrier sector=$((i * 16)) count=8 queue=0 async=1 pattern=$i"
  done
  echo "read sector=8000 count=8 queue=1 async=1"
  echo "drain timeout=30"
  echo "verify sector=400 count=8 pattern=25"
  echo "expect problems 0"
  echo "close"
  echo "destroy"
} >"$D/script"
guest 1 <"$D/script"
# A line that ends with ... is where a command begins; sector 400 is 0x32000.
[ "$(awk '/ Read .* offset=0x3e8000 .*\.\.\.$/ { print "read" }
  / Write .* offset=0x32000 .*\.\.\.$/ { print "last" }' "$D/trace" |
  head -n 1)" = read ] || fail "the read came last: $(cat "$D/trace")"
finish

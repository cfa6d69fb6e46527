#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# An idle disk: daemon and worker use no processor time and little memory.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
load rw=randrw depth=32 seconds=0.5 json=$D/load
sh touch $D/loaded
sh wait-flag seen
close
destroy
END
wait_flag loaded

ticks ()
{
  sed 's/.*) //' "/proc/$daemon/stat" "/proc/$worker/stat" |
    awk '{ n += $12 + $13 } END { print n }'
}

sleep 3
worker=$(worker vbd/1/51712)
before=$(ticks)
sleep 2
used=$(($(ticks) - before))
[ $used -le $((2 * SCALE)) ] || fail "$used ticks in 2 seconds"
if [ "$SCALE" = 1 ]; then
  private=$(awk '/^Private/ { n += $2 } END { print n }' \
            "/proc/$worker/smaps_rollup")
  [ "$private" -le 3072 ] || fail "$private kB of private memory"
fi
touch "$D/seen"
wait_guest 1
finish

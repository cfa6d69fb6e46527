#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A disk with several queues and large requests costs little
# memory, too, once it is idle.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 64M
echo 'max-queues = 2' >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux queues=2 segments=256
load rw=randrw bs=1048576 depth=16 seconds=0.5 json=$D/load
load rw=randrw bs=4096 depth=32 seconds=0.5 json=$D/load
sh touch $D/loaded
sh wait-flag seen
write sector=0 count=2048 pattern=1
verify sector=0 count=2048 pattern=1
close
destroy
END
wait_flag loaded
worker=$(worker vbd/1/51712)

private ()
{
  awk '/^Private/ { n += $2 } END { print n }' "/proc/$worker/smaps_rollup"
}

is_small ()
{
  [ "$(private)" -le 3072 ]
}

# With a sanitizer or valgrind it is never small.
[ "$SCALE" != 1 ] || wait_until 5 is_small ||
  fail "$(private) kB of private memory"
touch "$D/seen"
wait_guest 1
finish

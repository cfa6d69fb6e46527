#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Another size is told to the guest when all connections know it, and what
# limits a disk limits all its threads together.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
. "$SRCDIR/tests/e2e/limit.sh"

need_filter limit
truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
printf 'max-queues = 3\n[disk vbd/2/*]\nlimit-ops = 500/500\n' >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux queues=3
write sector=0 count=88 pattern=1
sh touch $D/connected
sh wait-flag grown
write sector=65528 count=8 pattern=2 queue=0
write sector=65520 count=8 pattern=2 queue=1
write sector=65512 count=8 pattern=2 queue=2
verify sector=65528 count=8 pattern=2 queue=1
sh touch $D/large
sh wait-flag came-back
write sector=98296 count=8 pattern=2 queue=0
write sector=98288 count=8 pattern=2 queue=1
write sector=98280 count=8 pattern=2 queue=2
sh touch $D/larger
sh wait-flag gone
write sector=80000 count=8 pattern=3 queue=2 async=1
sh touch $D/sent
sh wait-flag middle
drain
verify sector=80000 count=8 pattern=3
sh touch $D/drained
sh wait-flag shrunk
read sector=16384 count=8 expect=error queue=0
read sector=16384 count=8 expect=error queue=1
read sector=16384 count=8 expect=error queue=2
verify sector=0 count=88 pattern=1
expect problems 0
close
destroy
END
wait_flag connected
truncate -s 32M "$D/disk"
expect_nbdctl 0 '^size: 33554432$' resize 1/xvda
expect_equal "sectors" "$(node "$(backend 1)/sectors")" 65536
touch "$D/grown"
wait_flag large
kill_server s1
truncate -s 48M "$D/disk"
start_nbdkit s1 --filter=limit file "$D/disk" limit=2
wait_node 10 "$(backend 1)/nbd-state" '^held'
sleep 1
expect_equal "sectors" "$(node "$(backend 1)/sectors")" 65536
kill_server s1
start_nbdkit s1 file "$D/disk"
wait_node 10 "$(backend 1)/sectors" '^98304$'
touch "$D/came-back"
wait_flag larger
# One has something in flight beyond the new end.
kill_server s1
touch "$D/gone"
wait_flag sent
truncate -s 8M "$D/disk"
start_nbdkit s1 file "$D/disk"
wait_node 15 "$(backend 1)/nbd-state" '^held: .*is now 8388608'
expect_nbdctl 1 'requests in flight reach up to 40964096' resize 1/xvda
expect_equal "sectors" "$(node "$(backend 1)/sectors")" 98304
truncate -s 48M "$D/disk"
touch "$D/middle"
wait_flag drained
truncate -s 8M "$D/disk"
expect_nbdctl 0 '^size: 8388608$' resize 1/xvda
touch "$D/shrunk"
wait_guest 1
wait_no_worker
guest 2 <<END
$disk
connect linux queues=3
load rw=randrw bs=4096 depth=32 seconds=1.5 size=4194304 json=$D/load
expect problems 0
close
destroy
END
expect_near "requests" "$(requests "$D/load")" 833
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xen-nbdctl resize: the guest sees another size without detaching, larger and
# smaller, by the nodes sectors and state in one go, and can use it at once.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=1
read sector=32768 count=8 expect=error
sh touch $D/connected
sh wait-flag grown
write sector=65528 count=8 pattern=2
verify sector=65528 count=8 pattern=2
sh touch $D/large
sh wait-flag shrunk
read sector=16384 count=8 expect=error
verify sector=0 count=88 pattern=1
sh touch $D/small
sh wait-flag seen
expect-front state 4
expect problems 0
close
destroy
END
wait_flag connected
expect_nbdctl 0 '"size": 16777216' --json resize 1/xvda
truncate -s 32M "$D/disk"
expect_nbdctl 0 '^size: 33554432$' resize 1/xvda
expect_equal "sectors" "$(node "$(backend 1)/sectors")" 65536
expect_equal "state" "$(node "$(backend 1)/state")" 4
wait_log 5 'resized from 32768 to 65536 sectors'
expect_equal "nbd-state" "$(node "$(backend 1)/nbd-state")" connected
touch "$D/grown"
wait_flag large
truncate -s 8M "$D/disk"
expect_nbdctl 0 '^size: 8388608$' resize 1/xvda
expect_equal "sectors" "$(node "$(backend 1)/sectors")" 16384
touch "$D/shrunk"
wait_flag small
not logged 'held' || fail "the disk was held"
expect_nbdctl 4 'no such disk' resize 9/xvda
expect_nbdctl 2 'timeout 0: it must be' resize 1/xvda --timeout 0
touch "$D/seen"
wait_guest 1
finish

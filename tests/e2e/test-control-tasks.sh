#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xen-nbdctl flush and drain: what they do, and what they say when the server
# does not let them.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
need_filter log delay

start_nbdkit s1 --filter=log --filter=delay memory 16M rdelay=2 "logfile=$D/calls"
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8 pattern=1
sh touch $D/connected
sh wait-flag go
read sector=0 count=8 async=1
sh touch $D/sent
drain timeout=20
sh touch $D/drained
sh wait-flag held
read sector=0 count=8 async=1
sh touch $D/again
drain timeout=20
expect problems 0
close
destroy
END
wait_flag connected
expect_nbdctl 0 '^device: vbd/1/51712$' flush 1/xvda
grep -q ' Flush ' "$D/calls" || fail "the server saw no flush"
expect_nbdctl 0 '^device' drain 1/xvda
touch "$D/go"
wait_flag sent
sleep 0.3
expect_nbdctl 5 'vbd/1/51712: drain: 1 requests are in flight still' drain 1/xvda --timeout 0.2
expect_nbdctl 0 '"device": "vbd/1/51712"' --json drain 1/xvda --timeout $((10 * SCALE))
wait_flag drained
kill_server s1
wait_node 5 "$(backend 1)/nbd-state" '^held'
expect_nbdctl 1 'flush: the server is away: ' flush 1/xvda
expect_nbdctl 0 'device' drain 1/xvda
touch "$D/held"
wait_flag again
sleep 0.3
expect_nbdctl 5 'drain: 1 requests are in flight' drain 1/xvda --timeout 0.2
start_nbdkit s1 memory 16M
wait_guest 1
expect_nbdctl 4 'no such disk' flush 1/xvda
finish

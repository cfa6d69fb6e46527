#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that comes back and no longer keeps connections consistent is not
# used as long as there are several.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

need_filter multi-conn
truncate -s 16M "$D/disk"
echo 'max-queues = 2' >"$D/conf"
start_nbdkit s1 file "$D/disk"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux queues=2
sh touch $D/connected
sh wait-flag killed
write sector=0 count=88 pattern=7 queue=0 async=1
write sector=88 count=88 pattern=8 queue=1 async=1
flush async=1
drain
sh touch $D/answered
verify sector=0 count=88 pattern=7 queue=1
verify sector=88 count=88 pattern=8 queue=0
expect problems 0
close
destroy
END
wait_flag connected
expect_nbdctl 0 "^connections: 2\$" show 1/xvda
kill_server s1
touch "$D/killed"
start_nbdkit s1 --filter=multi-conn file "$D/disk" multi-conn-mode=disable
wait_node 15 "$(backend 1)/nbd-state" '^held: the server no longer keeps'
sleep 1
[ ! -e "$D/answered" ] || fail "the requests were not held"
kill_server s1
start_nbdkit s1 file "$D/disk"
wait_flag answered
wait_guest 1
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A worker dies: log and error node say how, the device goes to Closing, the
# pages are given back, another disk does not notice, and the frontend can
# connect again.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
start_guest 99 <<END
$create params=nbd:unix:$D/s2
connect linux
load rw=randrw verify=1 until=$D/over size=4194304 json=$D/load
expect problems 0
close
destroy
END
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh touch $D/connected
sh wait-flag seen
expect-back state 5
abandon
reset-problems
state 6
wait-state 6
state 1
wait-state 2
connect linux timeout=20
verify sector=0 count=88 pattern=7
expect problems 0
sh touch $D/again
sh wait-flag over
close
destroy
END
wait_flag connected
kill -KILL "$(worker vbd/1/51712)"
wait_node 5 "$(error_node 1)" 'worker was killed by signal 9'
wait_node 5 "$(backend 1)/state" '^5$'
wait_log 1 'vbd/1/51712: error: .*worker was killed by signal 9'
touch "$D/seen"
wait_flag again
wait_no_node 5 "$(error_node 1)"
touch "$D/over"
wait_guest 1
wait_guest 99
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The daemon is killed again and again, at any moment, under load: the guest
# does not notice, and the last daemon detaches the disk as usual.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
load rw=randrw verify=1 until=$D/last size=4194304 flush=64 json=$D/load
expect problems 0
close
destroy
END
wait_flag connected
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  sleep 0.$((i * 7 % 10))
  kill_daemon
  launch_daemon
done
kill_daemon
start_daemon
wait_node 10 "$(backend 1)/nbd-state" connected
wait_no_node 5 "$(error_node 1)"
touch "$D/last"
wait_guest 1
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 1
finish

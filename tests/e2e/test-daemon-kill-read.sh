#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The daemon is killed under load, and the next one cannot read the store for
# a moment when it meets the disk: the worker that serves the guest stays,
# and the guest does not notice.

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
write sector=20000 count=88 pattern=7
verify sector=20000 count=88 pattern=7
expect problems 0
close
destroy
END
wait_flag connected
pid=$(worker vbd/1/51712)

times_found ()
{
  [ "$(grep -c "found its worker, process $pid" "$log")" = "$1" ]
}

# Where the list of disks, the target, the script and the frontend are read:
# each is as good a reason to leave the disk alone.
starts=0
for fault in '4 1 EAGAIN' '5 1 EAGAIN' '6 1 EAGAIN' '7 1 ENOMEM' '8 1 EAGAIN' \
  '9 1 EAGAIN' '6 1 EIO'; do
  kill_daemon
  # shellcheck disable=SC2086
  "$ctl" fail store_read $fault
  launch_daemon
  starts=$((starts + 1))
  wait_for 10 "$fault: the daemon does not find its worker" \
    times_found $starts
  alive "$pid" || fail "$fault: the worker has ended"
done
expect_equal "reads that failed" "$("$ctl" counters fault)" $starts
wait_node 10 "$(backend 1)/nbd-state" connected
expect_equal state "$(node "$(backend 1)/state")" 4
wait_no_node 5 "$(error_node 1)"
touch "$D/last"
wait_guest 1
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 1
! logged 'ending it' || fail "a worker was ended"
finish

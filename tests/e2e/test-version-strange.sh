#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A daemon finds a worker of a later version whose status it does not
# understand, as after a downgrade: it says so and leaves the guest's disk
# alone, longer than it has patience with others.  A daemon that understands
# the worker goes on with it.  When the guest lets go of the disk the worker
# ends, having done all, and the next one is of the daemon's version.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
. "$SRCDIR/tests/e2e/version.sh"

be_version own
start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
load rw=randrw verify=1 until=$D/found size=4194304 flush=64 json=$D/load
write sector=0 count=88 pattern=7
expect problems 0
sh touch $D/loaded
sh wait-flag closing
close
state 1
wait-state 2
connect linux
verify sector=0 count=88 pattern=7
load rw=randrw verify=1 requests=500 size=4194304 json=$D/load
expect problems 0
close
destroy
END
wait_flag connected
d=vbd/1/51712
for round in 1 2; do
  kill_daemon
  be_version strange
  start_daemon
  wait_node 5 "$(backend 1)/nbd-state" 'unknown: the worker is of a later'
  expect_equal "times that the log says so" \
    "$(grep -c 'does not understand; it is left alone' "$log")" $round
  expect_nbdctl 0 'unknown' list
  expect_nbdctl 0 'unknown' show $d
  expect_nbdctl 1 'another version' flush $d
  expect_nbdctl 1 'another version' stats $d
  expect_nbdctl 1 'later version' limit $d limit-ops=1000
  expect_nbdctl 1 '' stop $d
  expect_nbdctl 0 '' log-level info
  does_not_spin
  [ $round = 2 ] || sleep 6
  kill_daemon
  be_version own
  start_daemon
  wait_node 5 "$(backend 1)/nbd-state" connected
  expect_nbdctl 0 '' flush $d
done
kill_daemon
be_version strange
start_daemon
wait_node 5 "$(backend 1)/nbd-state" unknown
touch "$D/found"
wait_flag loaded
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 1
old=$(worker $d)
alive "$old" || fail "the worker has ended"
touch "$D/closing"
wait_guest 1
! alive "$old" || fail "the old worker is still there"
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 2
! logged 'killing it' || fail "a worker was killed"
finish

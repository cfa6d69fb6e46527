#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# An empty flush that the server fails for a while is never answered with an
# error: it is run again until it succeeds.  An empty barrier, too.  With
# on-write-error = stop, the operator is asked at once.

. "$SRCDIR/tests/e2e/volatile.sh"
. "$SRCDIR/tests/e2e/control.sh"

start_daemon
start_volatile fail="$D/fail"
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8 pattern=1
sh touch $D/fail
flush async=1
write sector=8 count=8 pattern=2 async=1
sh touch $D/going
drain
sh touch $D/fail
barrier async=1
write sector=16 count=8 pattern=3 async=1
sh touch $D/again
drain
verify sector=0 count=8 pattern=1
verify sector=8 count=8 pattern=2
verify sector=16 count=8 pattern=3
sh touch $D/fail
sh touch $D/policy
sh wait-flag stop
flush async=1
sh touch $D/sent
drain
expect problems 0
close
destroy
END

failed ()
{
  [ "$(grep -c 'END flush failed' "$D/trace")" -ge "$1" ]
}

wait_flag going
wait_for 10 "the flush is not run again" failed 2
rm "$D/fail"
wait_flag again
wait_for 10 "the barrier is not run again" failed 3
! grep -q '^write 8192' "$D/trace" || fail "something overtook the barrier"
rm "$D/fail"
wait_flag policy
expect_nbdctl 0 '^on-write-error: stop$' policy 1/xvda on-write-error=stop
fail_count=$(grep -c 'END flush failed' "$D/trace")
touch "$D/stop"
wait_flag sent
wait_node 10 "$(backend 1)/nbd-state" '^stopped: flush .* failed: Input/output error'
sleep 1.5
expect_equal "failed flushes" "$(grep -c 'END flush failed' "$D/trace")" $((fail_count + 1))
rm "$D/fail"
expect_nbdctl 0 '^io-status: ok$' resume 1/xvda
wait_guest 1
! grep answer "$D/guest.1" || fail "an error was answered"
wait_log 5 'flush of 0 bytes at 0 failed'
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# An empty flush that the server fails for a while is never answered with an
# error: it is run again until it succeeds.  An empty barrier, too.

. "$SRCDIR/tests/e2e/volatile.sh"

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
drain timeout=$((30 * SCALE))
sh touch $D/fail
barrier async=1
write sector=16 count=8 pattern=3 async=1
sh touch $D/again
drain timeout=$((30 * SCALE))
verify sector=0 count=8 pattern=1
verify sector=8 count=8 pattern=2
verify sector=16 count=8 pattern=3
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
wait_guest 1
! grep answer "$D/guest.1" || fail "an error was answered"
wait_log 5 'flush of 0 bytes at 0 failed'
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A write cache that is turned off while the guest runs, and zeroes that are
# told as such from then on; a guest that was told that there is no cache is
# not left without one.

. "$SRCDIR/tests/e2e/volatile.sh"
. "$SRCDIR/tests/e2e/control.sh"

printf '[disk vbd/2/*]\nwrite-cache = off\n' >"$D/conf"
start_daemon --config "$D/conf"
start_volatile
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=1
sh touch $D/written
sh wait-flag changed
write sector=1000 count=88 pattern=2
write sector=2000 count=88 pattern=0
flush
sh touch $D/answered
sh wait-flag killed
verify sector=1000 count=88 pattern=2
expect problems 0
close
destroy
END
wait_flag written
! grep flush "$D/trace" || fail "a flush that nobody asked for"
expect_nbdctl 0 '^write-cache: off$' policy 1/xvda write-cache=off \
  detect-zeroes=unmap
touch "$D/changed"
wait_flag answered
grep -q '^zero 1024000 45056 trim' "$D/trace" || fail "$(cat "$D/trace")"
kill_server s1
start_volatile
touch "$D/killed"
wait_guest 1
wait_no_worker
start_guest 2 <<END
$disk
connect linux
expect flush 0
sh touch $D/second
sh wait-flag on
write sector=1000 count=88 pattern=3
sh cp $D/trace $D/trace.2
flush expect=eopnotsupp
close
state 1
wait-state 2
connect linux
expect flush 1
flush
close
destroy
END
wait_flag second
: >"$D/trace"
expect_nbdctl 0 '^write-cache: on$' policy 2/xvda write-cache=on
touch "$D/on"
wait_guest 2
grep -q '^END flush' "$D/trace.2" || fail "not durable: $(cat "$D/trace.2")"
finish

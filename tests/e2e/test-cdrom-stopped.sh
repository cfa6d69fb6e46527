#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# on-read-error = stop, and a medium that cannot be read: another one may be put
# in.  What was held for the first is answered with an error, and the drive goes
# on.  A drive that the operator stopped stays stopped.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
need_filter error

start_nbdkit s1 -r --filter=error pattern 16M error-pread=EIO error-pread-rate=100% error-pread-file="$D/fail"
start_nbdkit s2 -r pattern 8M
echo 'on-read-error = stop' >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$create mode=r device-type=cdrom params=nbd:unix:$D/s1
connect linux
read sector=0 count=8
sh touch $D/connected
sh wait-flag bad
read sector=0 count=8 expect=error
sh touch $D/answered
sh wait-flag good
read sector=0 count=88
sh touch $D/read
sh wait-flag seen
expect problems 0
close
destroy
END
wait_flag connected
touch "$D/fail" "$D/bad"
wait_node 10 "$(backend 1)/nbd-state" '^stopped: .* failed: Input/output error'
[ ! -e "$D/answered" ] || fail "answered though the disk is stopped"
xenstore-write "$(backend 1)/params" "nbd:unix:$D/s2"
wait_flag answered
wait_node 10 "$(backend 1)/sectors" '^16384$'
wait_node 10 "$(backend 1)/nbd-state" '^connected$'
expect_nbdctl 0 '^stop stopped: no$' show 1/xvda
touch "$D/good"
wait_flag read
expect_nbdctl 0 '^stopped: yes$' stop 1/xvda
xenstore-write "$(backend 1)/params" ""
wait_node 10 "$(backend 1)/sectors" '^0$'
expect_nbdctl 0 '^stop stopped: yes$' show 1/xvda
expect_nbdctl 0 '^stopped: no$' resume 1/xvda
touch "$D/seen"
wait_guest 1
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# on-write-error = stop: what failed is held, nothing more is taken, the
# operator sees why, and resume runs it again.  The daemon may be another one
# meanwhile.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

restarts_daemon
need_filter error
start_nbdkit s1 --filter=error memory 16M error-pwrite=EIO \
  error-pwrite-rate=100% error-pwrite-file="$D/fail" \
  error-trim=EIO error-trim-rate=100% error-trim-file="$D/fail"
start_daemon
expect_nbdctl 4 'no such disk' resume 1/xvda
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8 pattern=1
sh touch $D/connected
sh wait-flag go
write sector=0 count=160 pattern=2 segments=1 async=1
write sector=1000 count=88 pattern=3 async=1
discard sector=2000 count=8 async=1
barrier sector=3000 count=8 pattern=4 async=1
read sector=500 count=8 expect=none timeout=0.5
sh touch $D/silent
drain
sh touch $D/drained
verify sector=0 count=160 pattern=2
verify sector=1000 count=88 pattern=3
verify sector=3000 count=8 pattern=4
sh wait-flag closing
expect problems 0
close
destroy
END
wait_flag connected
expect_nbdctl 1 '1/xvda: the disk is not stopped' resume 1/xvda
expect_nbdctl 1 '1/xvda: on-write-error = halt: it must be report, ignore, stop or enospc' \
  policy 1/xvda on-write-error=halt
expect_nbdctl 1 'sector-size: no such option; there are write-cache' \
  policy 1/xvda sector-size=4096
expect_nbdctl 2 'it must be OPTION=VALUE' policy 1/xvda stop
expect_nbdctl 0 '^on-write-error: report$' policy 1/xvda
expect_nbdctl 0 '^on-write-error: stop$' policy 1/xvda on-write-error=stop \
  on-read-error=report
touch "$D/fail" "$D/go"
wait_node 10 "$(backend 1)/nbd-state" '^stopped: .* failed: Input/output error'
wait_flag silent
expect_nbdctl 0 '^stop io-status: failed$' show 1/xvda
expect_nbdctl 0 '"stopped": true' --json show 1/xvda
# What is held is not at the server: it can be asked for its size, but not drained.
expect_nbdctl 0 '^size: 16777216$' resize 1/xvda
expect_nbdctl 5 'drain: [0-9]+ requests are held, since the disk is stopped: .* failed: Input/output error' \
  drain 1/xvda --timeout 0.3
wait_node 10 "$(backend 1)/nbd-state" '^stopped: '
# Still failing: it stops again.
expect_nbdctl 0 '' resume 1/xvda
wait_node 10 "$(backend 1)/nbd-state" '^stopped: '
kill_daemon
start_daemon
wait_node 10 "$(backend 1)/nbd-state" '^stopped: '
expect_nbdctl 0 '^options on-write-error: stop$' show 1/xvda
[ ! -e "$D/drained" ] || fail "drained though it was stopped"
rm "$D/fail"
expect_nbdctl 0 '^io-status: ok$' resume 1/xvda
wait_flag drained
wait_node 10 "$(backend 1)/nbd-state" '^connected$'
# By the operator.
expect_nbdctl 0 '^stopped: yes$' stop 1/xvda
wait_node 10 "$(backend 1)/nbd-state" '^stopped: by the operator$'
expect_nbdctl 0 '^stopped: no$' resume 1/xvda
touch "$D/closing"
wait_guest 1
finish

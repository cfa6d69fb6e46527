#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xen-nbdctl top: what was done in each interval, so many times.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
need jq

start_nbdkit s1 memory 16M
start_daemon
expect_nbdctl 2 '--interval 0: it must be a number from 0.1 to 3600' top --interval 0
expect_nbdctl 2 '--count x: it must be' top --count x
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
sh wait-flag begun
sh sleep 0.5
write sector=0 count=88 pattern=1
sh wait-flag seen
close
destroy
END
wait_flag connected
nbdctl top --json --interval 0.3 --count 6 >"$D/top" &
top=$!
touch "$D/begun"
wait $top || fail "top failed"
expect_equal "samples" "$(wc -l <"$D/top")" 6
expect_equal "sums" "$(jq -s '[.[][]."write-kib"] | add > 0' "$D/top")" true
expect_equal "the last" "$(jq -s -c '.[5][0] | [.device, .server, .writes, ."in-flight"]' "$D/top")" '["vbd/1/51712","connected",0,0]'
expect_nbdctl 0 '^vbd/1/51712 +connected +0.0 ' top --count 1 --interval 0.1
kill_daemon
expect_nbdctl 3 'not running' top --count 1 --interval 0.1
restarts_daemon
start_daemon
touch "$D/seen"
wait_guest 1
finish

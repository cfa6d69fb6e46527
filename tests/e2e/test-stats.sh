#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The counters of a disk: exact, and kept when the frontend and the server
# come back.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
need jq

# counted FILTER VALUE
counted ()
{
  nbdctl stats --json 1/xvda >"$D/stats" || fail "no statistics"
  expect_equal "$1" "$(jq -c "$1" "$D/stats")" "$2"
}

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=1
read sector=0 count=8
read sector=0 count=8
flush
discard sector=0 count=64
read sector=32760 count=16 expect=error
sh touch $D/first
sh wait-flag go
close
state 1
wait-state 2
connect linux
write sector=0 count=8 pattern=1
sh touch $D/second
sh wait-flag back
write sector=0 count=8 pattern=1
sh touch $D/third
sh wait-flag seen
close
destroy
END
wait_flag first
counted '.total.write|[.taken,.answered,.errors,.sectors,.bytes,.merged]' '[1,1,0,88,45056,0]'
counted '.total.read|[.taken,.answered,.errors,.sectors]' '[2,2,0,16]'
counted '.total.flush|[.taken,.answered,.errors,.sectors]' '[1,1,0,0]'
counted '.total.discard|[.taken,.answered,.errors,.sectors]' '[1,1,0,64]'
counted '.total.refused["beyond the end of the disk"]' 1
counted '.total.refused["malformed segments"]' 0
counted '.total.read.latency|add' 2
counted '[.total["in-flight"], .connects, .["server-errors"], (.rings|length)]' '[0,1,0,1]'
counted '.total.read.microseconds > 0' true
touch "$D/go"
wait_flag second
counted '.total.write|[.taken,.answered,.sectors]' '[2,2,96]'
kill_server s1
start_nbdkit s1 memory 16M
touch "$D/back"
wait_flag third
counted '.total.write|[.taken,.answered,.sectors]' '[3,3,104]'
counted '.connects' 2
expect_nbdctl 0 '^0 +write +3 +0 +104 ' stats
expect_nbdctl 0 'refused: 1, beyond the end of the disk' stats 1/xvda
expect_nbdctl 0 '"connects": 2' --json stats
expect_nbdctl 4 'no such disk' stats 2/xvda
touch "$D/seen"
wait_guest 1
finish

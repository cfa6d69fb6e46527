#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A cdrom whose medium is taken out and put in by changing the node params, as
# libxl does; an empty drive has size 0 and answers with errors, also at first
# and over a restart of the daemon.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

sectors_are ()
{
  wait_node 10 "$(backend 1)/sectors" "^$1\$"
}

start_nbdkit s1 -r pattern 16M
start_nbdkit s2 -r pattern 8M
restarts_daemon
start_daemon
start_guest 1 <<END
$create mode=r device-type=cdrom params=
connect linux
read sector=0 count=8 expect=error
sh touch $D/empty
sh wait-flag one
read sector=0 count=88
read sector=32760 count=8
sh touch $D/first
sh wait-flag out
read sector=0 count=8 expect=error
sh touch $D/ejected
sh wait-flag two
read sector=0 count=8
read sector=16384 count=8 expect=error
sh touch $D/second
sh wait-flag seen
expect-front state 4
expect problems 0
close
destroy
END
wait_flag empty
expect_equal "sectors" "$(node "$(backend 1)/sectors")" 0
expect_equal "nbd-state" "$(node "$(backend 1)/nbd-state")" empty
xenstore-write "$(backend 1)/params" /dev/sr0
wait_log 5 'params = /dev/sr0: .*the medium stays as it is'
xenstore-write "$(backend 1)/params" "nbd:unix:$D/s1"
sectors_are 32768
expect_equal "state" "$(node "$(backend 1)/state")" 4
wait_node 5 "$(backend 1)/nbd-state" '^connected'
touch "$D/one"
wait_flag first
xenstore-write "$(backend 1)/params" ""
sectors_are 0
wait_node 5 "$(backend 1)/nbd-state" '^empty'
wait_log 5 'the medium is ejected'
touch "$D/out"
wait_flag ejected
kill_daemon
xenstore-write "$(backend 1)/params" "nbd:unix:$D/s2"
start_daemon
sectors_are 16384
touch "$D/two"
wait_flag second
expect_nbdctl 0 '^vbd/1/51712 +xvda +connected +connected +8M +r ' list
touch "$D/seen"
wait_guest 1
finish

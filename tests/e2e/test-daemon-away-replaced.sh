#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# While no daemon runs a disk is removed and another one of the same name is
# made, with another export: it gets its own worker, not the old one.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
guest 1 <<END
$disk
connect linux
write sector=0 count=8 pattern=1
close
END
old=$(worker vbd/1/51712)
kill_daemon
xenstore-rm "$(backend 1)"
xenstore-rm /local/domain/1/device/vbd/51712
start_guest 1 <<END
create script=block-nbdback params=nbd:unix:$D/s2 hotplug=$D/hot timeout=20
connect linux
verify sector=0 count=8 pattern=0
write sector=0 count=8 pattern=2
verify sector=0 count=8 pattern=2
expect problems 0
close
destroy
END
wait_node 5 "$(backend 1)/params" s2
start_daemon
wait_guest 1
! alive "$old" || fail "the old worker is still there"
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 2
finish

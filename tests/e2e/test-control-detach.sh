#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xen-nbdctl detach on a disk of libxl's: it is closed, and its nodes stay for
# libxl to remove.  A guest that does not let go of it is not asked by --force.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8 pattern=1
sh touch $D/first
wait-state 5
close
wait-state 6
sh touch $D/closed
sh wait-flag seen
destroy
END
start_guest 2 <<END
$create params=nbd:unix:$D/s2
connect linux
sh touch $D/second
sh wait-flag seen
abandon
destroy
END
wait_flag first
wait_flag second
expect_nbdctl 0 '^removed: no$' detach vbd/1/51712 --timeout $((10 * SCALE))
wait_flag closed
expect_equal "online" "$(node "$(backend 1)/online")" 0
expect_equal "state" "$(node "$(backend 1)/state")" 6
expect_nbdctl 5 'vbd/2/51712: detach: the guest has not let go of it in 0.5 seconds' detach vbd/2/51712 --timeout 0.5
expect_nbdctl 0 '^removed: no$' detach --force vbd/2/51712
expect_equal "state" "$(node "$(backend 2)/state")" 6
touch "$D/seen"
wait_guest 1
try_wait 2
finish

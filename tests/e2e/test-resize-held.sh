#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that comes back larger is a resize.  One that comes back smaller is
# held until it is right again or the operator says so, which is refused while
# requests in flight reach beyond its end.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=1
sh touch $D/connected
sh wait-flag larger
verify sector=40000 count=8 pattern=0
sh touch $D/used
sh wait-flag gone
write sector=40000 count=8 pattern=2 async=1
sh touch $D/sent
sh wait-flag middle
drain
read sector=49152 count=8 expect=error
sh touch $D/drained
sh wait-flag seen
expect problems 0
close
destroy
END
wait_flag connected
kill_server s1
truncate -s 32M "$D/disk"
start_nbdkit s1 file "$D/disk"
wait_node 15 "$(backend 1)/sectors" '^65536$'
touch "$D/larger"
wait_flag used
kill_server s1
touch "$D/gone"
wait_flag sent
truncate -s 8M "$D/disk"
start_nbdkit s1 file "$D/disk"
wait_node 15 "$(backend 1)/nbd-state" '^held: .*is now 8388608'
expect_nbdctl 1 'vbd/1/51712: resize: the export is now 8388608 bytes, but requests in flight reach up to 20484096' resize 1/xvda
expect_equal "sectors" "$(node "$(backend 1)/sectors")" 65536
truncate -s 24M "$D/disk"
wait_node 15 "$(backend 1)/nbd-state" '^held: .*is now 25165824'
expect_nbdctl 0 '^size: 25165824$' resize 1/xvda
expect_equal "sectors" "$(node "$(backend 1)/sectors")" 49152
wait_node 15 "$(backend 1)/nbd-state" '^connected'
touch "$D/middle"
wait_flag drained
touch "$D/seen"
wait_guest 1
finish

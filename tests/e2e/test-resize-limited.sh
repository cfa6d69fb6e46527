#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A smaller export is refused while requests reach beyond its end that were
# taken and have not gone to the server, for a limit keeps them back.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
echo 'limit-write-ops = 1/1' >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8 pattern=1
sh touch $D/connected
sh wait-flag gone
write sector=8 count=8 pattern=2 async=1
write sector=16 count=8 pattern=2 async=1
write sector=30000 count=8 pattern=2 async=1
sh touch $D/sent
drain
verify sector=30000 count=8 pattern=2
expect problems 0
close
destroy
END
wait_flag connected
kill_server s1
touch "$D/gone"
wait_flag sent
truncate -s 8M "$D/disk"
start_nbdkit s1 file "$D/disk"
wait_node 15 "$(backend 1)/nbd-state" '^held: .*is now 8388608'
expect_nbdctl 1 'requests in flight reach up to 15364096' resize 1/xvda
kill_server s1
truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
wait_guest 1
finish

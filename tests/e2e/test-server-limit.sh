#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# With reconnect-limit: what is held fails after that time, and all works
# again when the server is back.

. "$SRCDIR/tests/e2e/lib.sh"

truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
echo "reconnect-limit = 1" >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8 pattern=7
sh touch $D/connected
sh wait-flag killed
read sector=0 count=8 expect=error
write sector=0 count=8 expect=error
sh touch $D/failed
sh wait-flag back
verify sector=0 count=8 pattern=7
expect problems 0
close
destroy
END
wait_flag connected
kill_server s1
touch "$D/killed"
wait_flag failed
wait_node 5 "$(backend 1)/nbd-state" '^given up'
start_nbdkit s1 file "$D/disk"
wait_node 10 "$(backend 1)/nbd-state" '^connected'
touch "$D/back"
wait_guest 1
finish

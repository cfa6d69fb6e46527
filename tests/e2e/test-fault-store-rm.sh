#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# An error node cannot be removed at the moment: when the server is back, or
# when the disk has gone.  It does not stay.

. "$SRCDIR/tests/e2e/lib.sh"

truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
sh wait-flag back
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
expect problems 0
sh touch $D/written
sh wait-flag removed
destroy
END
wait_flag connected
for error in EACCES EIO; do
  kill_server s1
  wait_node 10 "$(error_node 1)" .
  "$ctl" fail store_rm 1 2 $error
  start_nbdkit s1 file "$D/disk"
  wait_no_node 15 "$(error_node 1)"
  wait_node 10 "$(backend 1)/nbd-state" '^connected'
done
touch "$D/back"
wait_flag written
kill_server s1
wait_node 10 "$(error_node 1)" .
kill -STOP $daemon
xenstore-rm "$(backend 1)"
xenstore-rm /local/domain/1/device/vbd/51712
"$ctl" fail store_rm 1 2 EACCES
kill -CONT $daemon
wait_no_node 15 "$(error_node 1)"
wait_no_worker
expect_equal "failures" "$("$ctl" counters fault)" 6
touch "$D/removed"
wait_guest 1
finish

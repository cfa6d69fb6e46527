#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server goes, and the store cannot be written at that moment: nbd-state
# and the error node say so a little later.

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
close
destroy
END
wait_flag connected
# Of four writes or so: the reason changes once, with the first attempt to
# connect again.
for fault in '1 4 ENOSPC' '3 1 EIO' '4 1 ENOSPC'; do
  wait_node 10 "$(backend 1)/nbd-state" '^connected'
  wait_no_node 10 "$(error_node 1)"
  # shellcheck disable=SC2086
  "$ctl" fail store_write $fault
  kill_server s1
  wait_node 15 "$(backend 1)/nbd-state" '^held'
  wait_node 15 "$(error_node 1)" .
  "$ctl" fail store_write 1 0
  start_nbdkit s1 file "$D/disk"
done
[ "$("$ctl" counters fault)" -ge 4 ] || fail "no fault"
touch "$D/back"
wait_guest 1
finish

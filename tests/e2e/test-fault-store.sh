#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Transactions that have to be repeated, writes and reads that fail: the
# disk is attached all the same, or once the store is well again.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for fault in 'store_transaction 1 3' 'store_transaction 2 10' \
  'store_write 1 1 ENOSPC' 'store_write 3 1 ENOSPC' 'store_write 8 1 EACCES' \
  'store_write 11 1 ENOSPC'; do
  d=$((d + 1))
  # The toolstack and the guest are done with their own writes by then.
  start_guest $d <<END
create params=nbd:unix:$D/s1 script=block-nbdback hotplug=none
sh touch $D/created$d
connect linux timeout=20
write sector=0 count=88 pattern=$d
verify sector=0 count=88 pattern=$d
expect problems 0
close
destroy
END
  wait_flag created$d
  wait_node 5 "/local/domain/$d/device/vbd/51712/state" '^3$'
  "$BUILDDIR/xen-nbdctl" --run-dir "$run_dir" claim vbd/$d/51712
  kill -STOP $daemon
  xenstore-write "$(backend $d)/hotplug-status" connected
  # shellcheck disable=SC2086
  "$ctl" fail $fault
  kill -CONT $daemon
  wait_guest $d
  [ "$("$ctl" counters fault)" -gt ${faults:-0} ] || fail "no fault"
  faults=$("$ctl" counters fault)
  wait_no_worker
done
finish

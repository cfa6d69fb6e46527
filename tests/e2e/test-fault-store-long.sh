#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The store fails for longer: it is tried about once a second and not all the
# time, and the disk is attached once it is well again.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for fault in 'store_write 1 1000000 ENOSPC' 'store_read 5 1000000 EAGAIN'; do
  d=$((d + 1))
  kill -STOP $daemon
  guest $d <<END
create params=nbd:unix:$D/s1 script=block-nbdback hotplug=none wait=0
END
  # shellcheck disable=SC2086
  "$ctl" fail $fault
  kill -CONT $daemon
  before=$("$ctl" counters fault)
  sleep 2
  failed=$(($("$ctl" counters fault) - before))
  say "$fault: failed $failed times"
  "$ctl" fail "${fault%% *}" 1 0
  [ $failed -gt 0 ] || fail "$fault: nothing failed"
  [ $failed -le $((60 * SCALE)) ] || fail "$fault: failed $failed times in 2 s"
  wait_node 10 "$(backend $d)/state" '^2$'
  XENBUS_PATH=$(backend $d) "$D/hot" add
  guest $d <<END
connect linux timeout=20
read sector=0 count=88
expect problems 0
close
destroy
END
  wait_no_worker
done
finish

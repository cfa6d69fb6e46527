#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The store cannot be read at the moment when a frontend has published its
# ring: that is not the frontend's fault, and it is connected a little later.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0

has_failed ()
{
  [ "$("$ctl" counters fault)" -ge $d ]
}

# The protocol, the pages and their number, queues, ring and event channel,
# after five nodes for the state.
for fault in '6 1 EAGAIN' '7 1 ENOMEM' '9 1 EAGAIN' '10 1 EIO' '12 1 EAGAIN'; do
  d=$((d + 1))
  guest $d <<END
$disk
END
  kill -STOP $daemon
  start_guest $d <<END
connect linux timeout=20
write sector=0 count=88 pattern=$d
verify sector=0 count=88 pattern=$d
expect problems 0
close
destroy
END
  wait_node 5 "/local/domain/$d/device/vbd/51712/state" '^3$'
  # It asks for the backend's state all the time, and would meet the fault.
  eval "child=\$(cat /proc/\$guest_$d/task/\$guest_$d/children)"
  kill -STOP $child
  # shellcheck disable=SC2086
  "$ctl" fail store_read $fault
  kill -CONT $daemon
  wait_for 10 "$fault: nothing was read" has_failed
  kill -CONT $child
  wait_guest $d
  wait_no_worker
done
! logged "the frontend's node" || fail "the frontend is blamed"
finish

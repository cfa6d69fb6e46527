#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The store refuses to watch a frontend, once or for good (a domain may have
# so many watches): what the frontend does is noticed all the same.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for fault in 'store_watch 1 1 ENOSPC' 'store_watch 1 1000000 E2BIG' \
  'store_watch 1 1 EIO'; do
  d=$((d + 1))
  kill -STOP $daemon
  guest $d <<END
create params=nbd:unix:$D/s1 script=block-nbdback hotplug=none wait=0
END
  # shellcheck disable=SC2086
  "$ctl" fail $fault
  kill -CONT $daemon
  wait_node 10 "$(backend $d)/state" '^2$'
  XENBUS_PATH=$(backend $d) "$D/hot" add
  guest $d <<END
connect linux timeout=20
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
expect problems 0
close timeout=20
destroy
END
  [ "$("$ctl" counters fault)" -gt ${faults:-0} ] || fail "no fault"
  faults=$("$ctl" counters fault)
  "$ctl" fail store_watch 1 0
  wait_no_worker
done
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The same while a new disk is found: the daemon comes back to it.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for fault in 'store_write 1 1 ENOSPC' 'store_write 3 1 ENOSPC' \
  'store_transaction 1 2'; do
  d=$((d + 1))
  kill -STOP $daemon
  guest $d <<END
create params=nbd:unix:$D/s1 script=block-nbdback hotplug=none wait=0
END
  # shellcheck disable=SC2086
  "$ctl" fail $fault
  kill -CONT $daemon
  sleep 1
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

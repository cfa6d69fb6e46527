#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The store cannot be read at the moment when a new disk is found: it is
# looked at again, not taken for somebody else's.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for n in 1 2 3 4 5 6 7 8; do
  [ $((n % 3)) = 2 ] && fault="store_read $n 1 ENOMEM" ||
    fault="store_read $n 1 EAGAIN"
  d=$((d + 1))
  kill -STOP $daemon
  guest $d <<END
create params=nbd:unix:$D/s1 script=block-nbdback hotplug=none wait=0
END
  # shellcheck disable=SC2086
  "$ctl" fail $fault
  kill -CONT $daemon
  sleep 0.5
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

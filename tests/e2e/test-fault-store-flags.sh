#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The store cannot be read at the moment when a new disk's discard-enable or
# removable is looked at: it does not become what it is when there is none.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0

has_failed ()
{
  [ "$("$ctl" counters fault)" -ge $d ]
}

# Which read that is depends on what else is read: all that may be it.
for n in 5 6 7 8 9 10 11 12 13 14; do
  d=$((d + 1))
  kill -STOP $daemon
  guest 1 <<END
create params=nbd:unix:$D/s1 script=block-nbdback hotplug=none wait=0 discard-enable=0 KEY:removable=1
END
  "$ctl" fail store_read $n 1 EAGAIN
  kill -CONT $daemon
  wait_for 10 "nothing was read" has_failed
  wait_node 10 "$(backend 1)/state" '^2$'
  XENBUS_PATH=$(backend 1) "$D/hot" add
  guest 1 <<END
connect linux timeout=20
expect discard 0
expect info 2
expect problems 0
close
destroy
END
  wait_no_worker
done
finish

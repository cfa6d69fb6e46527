#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xenstored restarts and refuses a watch, of the backends or of a frontend,
# when the daemon comes back to it: what happens is noticed all the same.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
connections=0

connected_again ()
{
  [ "$(grep -c 'connected to xenstore again' "$log")" = $connections ]
}

for n in 2 4; do
  connections=$((connections + 1))
  start_guest $n <<END
$disk
connect linux
sh touch $D/connected$n
sh wait-flag back$n
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
expect problems 0
close
destroy
END
  wait_flag connected$n
  "$ctl" fail store_watch $n 1 ENOSPC
  "$ctl" store-outage 0.3
  wait_for 10 "the daemon is not connected again" connected_again
  expect_equal "faults" "$("$ctl" counters fault)" $connections
  touch "$D/back$n"
  wait_guest $n
  wait_no_worker
done
finish

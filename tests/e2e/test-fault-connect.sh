#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The grant device or the event channel cannot be opened, or the ring not be
# mapped or bound: error node, Closing, nothing stays mapped; the next
# attempt of the frontend works.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for fault in 'open 1' 'open 2' 'map 1' 'map_page 1' 'bind 1'; do
  d=$((d + 1))
  guest $d <<END
$disk
sh $ctl fail $fault
! connect linux
reset-problems
wait-state 5
sh xenstore-read $(error_node $d) | grep -Eq 'cannot (open|map|bind)'
abandon
expect mapped 0
state 6
wait-state 6
state 1
wait-state 2
connect linux
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
expect problems 0
close
destroy
END
  wait_no_worker
done
finish map_refused bind_refused

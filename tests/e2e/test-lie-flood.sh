#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Floods of events, of states and of keys: the guest gets no more than its
# share, its disk is not hurt, and another one is served meanwhile.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
start_guest 99 <<END
$create params=nbd:unix:$D/s2
connect linux
load rw=randrw verify=1 seconds=4 size=4194304 json=$D/load
expect problems 0
close
destroy
END
guest 1 <<END
$disk
connect linux
flood events count=100000
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
flood keys count=2000
flood states states=4 count=2000
verify sector=0 count=88 pattern=7
expect problems 0
flood states states=45 count=3000
state 6
wait-state 6
state 1
wait-state 2
connect linux
verify sector=0 count=88 pattern=7
flood states states=1234567890x count=3000
state 6
wait-state 6
state 1
wait-state 2
connect linux
verify sector=0 count=88 pattern=7
close
destroy
END
wait_guest 99
[ "$(grep -c 'vbd/1/' "$log")" -le 60 ] || fail "the log was flooded"
finish

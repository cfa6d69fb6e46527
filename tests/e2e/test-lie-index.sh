#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A producer index that claims more than the ring holds: the device goes to
# Closing with an error node, the rings are given back, and the frontend can
# connect again with good ones.  Another disk does not notice.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
start_guest 99 <<END
$create params=nbd:unix:$D/s2
connect linux
load rw=randrw verify=1 seconds=2 size=4194304 json=$D/load
expect problems 0
close
destroy
END
guest 1 <<END
$disk
connect linux
lie prod=+33
wait-state 5
sh xenstore-read $(error_node 1) | grep -q 'more requests'
close
state 1
wait-state 2
connect linux
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
lie prod=+2147483648
wait-state 5
close
state 1
wait-state 2
connect linux
verify sector=0 count=88 pattern=7
# Backwards: what is not there is not taken.
lie prod=-1
sleep 0.2
close
destroy
END
wait_guest 99
finish

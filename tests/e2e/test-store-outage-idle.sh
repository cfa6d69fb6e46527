#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xenstored restarts while nothing happens: the daemon connects again, and
# what follows works.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh touch $D/connected
sh wait-flag back
verify sector=0 count=88 pattern=7
expect problems 0
close
destroy
END
wait_flag connected
"$ctl" store-outage 1.5
sleep 2
guest 2 <<END
$create params=nbd:unix:$D/s2 timeout=40
connect linux
close
destroy
END
touch "$D/back"
wait_guest 1
wait_log 1 'connected to xenstore again'
finish

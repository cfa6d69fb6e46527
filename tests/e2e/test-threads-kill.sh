#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Several connections, and the server is killed and comes back ten times under
# a load that is verified.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

truncate -s 16M "$D/disk"
echo 'max-queues = 3' >"$D/conf"
start_nbdkit s1 file "$D/disk"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux queues=3
sh touch $D/connected
load rw=randrw bs=4096 depth=32 seconds=$((4 + 2 * SCALE)) flush=50 verify=1 json=$D/load
expect problems 0
close
destroy
END
wait_flag connected
expect_nbdctl 0 "^connections: 3\$" show 1/xvda
for i in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.2
  kill_server s1
  sleep 0.1
  start_nbdkit s1 file "$D/disk"
done
wait_guest 1
logged 'held' || fail "nothing in the log"
finish

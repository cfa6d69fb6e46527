#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# nbdkit is killed ten times under a load that verifies itself: the guest
# sees latency and no error.

. "$SRCDIR/tests/e2e/lib.sh"

truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
load rw=randrw bs=4096 depth=32 seconds=$((4 + 2 * SCALE)) flush=50 verify=1 json=$D/load
expect problems 0
close
destroy
END
wait_flag connected
for i in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.2
  kill_server s1
  sleep 0.1
  start_nbdkit s1 file "$D/disk"
done
wait_guest 1
logged 'gone|lost|closed|connection' || fail "nothing in the log"
finish

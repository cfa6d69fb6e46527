#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# nbdkit is told to end and answers with ESHUTDOWN: the same, no error.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter delay
truncate -s 16M "$D/disk"
start_nbdkit s1 --filter=delay file "$D/disk" rdelay=5ms wdelay=5ms
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
load rw=randrw bs=4096 depth=32 until=$D/ended flush=50 verify=1 json=$D/load
expect problems 0
close
destroy
END
wait_flag connected
for i in 1 2 3 4 5 6; do
  sleep 0.3
  kill_server s1 TERM
  start_nbdkit s1 --filter=delay file "$D/disk" rdelay=5ms wdelay=5ms
done
touch "$D/ended"
wait_guest 1
finish

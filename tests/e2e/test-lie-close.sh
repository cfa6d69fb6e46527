#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Closing, going away or starting over in the midst of I/O.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter delay
start_nbdkit s1 --filter=delay memory 16M rdelay=100ms wdelay=100ms
start_daemon
for how in 'state 6' 'state 5' 'state 1' 'front-rm state' 'detach force' \
  'state 77'; do
  for i in 1 2; do
    guest 1 <<END
$disk
connect linux
write sector=0 count=2816 async=1
read sector=0 count=88 async=1
$how timeout=10
sleep 0.$((i * 2))
destroy
END
    wait_no_worker
  done
done
# Who says Closed has unmapped everything.
guest 1 <<END
$disk
connect linux
write sector=0 count=2816 async=1
read sector=0 count=88 async=1
state 6
wait-state 6
expect mapped 0
destroy
END
finish

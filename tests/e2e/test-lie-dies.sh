#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A guest that dies without a word, with requests in flight, and a toolstack
# that clears up after it.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter delay
start_nbdkit s1 --filter=delay memory 16M rdelay=200ms wdelay=200ms
start_daemon
for i in 1 2 3; do
  start_guest 1 <<END
$disk
connect linux
write sector=0 count=2816 async=1
sh touch $D/sent$i
sleep 60
END
  wait_flag sent$i
  kill -KILL $(cat /proc/$guest_1/task/*/children) $guest_1
  try_wait 1
  guest 1 <<END
destroy
END
  wait_no_worker
done
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Several queues, in all layouts: as many as the setting offers and no more,
# and a barrier on one of them waits for all.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
echo 'max-queues = 4' >"$D/conf"
start_daemon --config "$D/conf"
domid=0
for protocol in x86_64-abi x86_32-abi arm-abi; do
  for how in queues=4 'queues=2 order=2' 'queues=16'; do
    domid=$((domid + 1))
    queues=$(echo "$how" | sed 's/queues=\([0-9]*\).*/\1/')
    [ "$queues" -le 4 ] || queues=4
    guest $domid <<END
$disk
expect-back multi-queue-max-queues 4
connect linux protocol=$protocol $how
expect queues $queues
write sector=0 count=64 pattern=3 queue=0
verify sector=0 count=64 pattern=3 queue=1
load rw=randrw depth=32 seconds=0.2 verify=1 flush=50 size=4194304 json=$D/load
write sector=0 count=512 pattern=5 queue=0 async=1
barrier sector=512 count=88 pattern=6 queue=1 async=1
write sector=1024 count=512 pattern=7 queue=0 async=1
drain
verify sector=0 count=512 pattern=5
verify sector=512 count=88 pattern=6
verify sector=1024 count=512 pattern=7
expect problems 0
close
destroy
END
    wait_no_worker
  done
done
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Indirect requests in all layouts: up to 256 segments, whole pages and parts
# of them, merged and not, on one queue and on several.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 64M
echo 'max-queues = 2' >"$D/conf"
start_daemon --config "$D/conf"
domid=0
for protocol in x86_64-abi x86_32-abi arm-abi; do
  for how in 'segments=256 order=1' 'segments=32 queues=2'; do
    domid=$((domid + 1))
    guest $domid <<END
$disk
connect linux protocol=$protocol $how
expect indirect 256
write sector=8 count=2048 pattern=$domid
verify sector=8 count=2048 pattern=$domid
write sector=5000 count=120 skip=3 fragment=4 pattern=7
verify sector=5000 count=120 skip=5 fragment=6 pattern=7
verify sector=8 count=2048 segments=11 pattern=$domid
write sector=130950 count=122 pattern=9
verify sector=130950 count=122 pattern=9
read sector=130951 count=122 expect=error
load rw=randrw bs=131072 depth=32 seconds=0.1 verify=1 flush=50 size=8388608 json=$D/load
load rw=write bs=65536 depth=32 seconds=0.1 verify=1 size=4194304 json=$D/load
expect problems 0
close
destroy
END
    wait_no_worker
  done
done
finish

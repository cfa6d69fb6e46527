#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A disk with sectors of 4096 bytes: the nodes say so, still counting in units
# of 512, and requests for parts of a sector are refused.  The export's end
# that is no whole sector is not there.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter blocksize-policy
start_nbdkit s1 --filter=blocksize-policy memory 16779264 \
  blocksize-minimum=512 blocksize-preferred=65536 blocksize-maximum=32M
start_nbdkit s2 memory 2048
printf '[disk nbd:unix:%s]\nsector-size = 4096\n[disk vbd/10*]\nsector_size = 4096\n' \
  "$D/s1" >"$D/conf"
start_daemon --config "$D/conf"
domid=1
for protocol in x86_64-abi x86_32-abi arm-abi none; do
  guest $domid <<END
$disk
connect linux protocol=$protocol
expect sector-size 4096
expect sectors 32768
expect-back physical-sector-size 4096
expect-back discard-granularity 65536
write sector=0 count=88 pattern=7
write sector=32760 count=8 pattern=8
verify sector=0 count=88 pattern=7
verify sector=32760 count=8 pattern=8
read sector=32768 count=8 expect=error
read sector=1 count=8 expect=error
read sector=0 count=1 expect=error
write sector=8 count=4 expect=error
discard sector=8 count=4 expect=error
discard sector=8 count=8
verify sector=8 count=8 pattern=0
flush
barrier sector=16 count=8 pattern=9
verify sector=16 count=8 pattern=9
expect problems 0
close
destroy
END
  wait_no_worker
  domid=$((domid + 1))
done
refused "nbd:unix:$D/s2" '2048 bytes.*sector-size = 4096'
guest 200 <<END
$create params=nbd:unix:$D/s2
connect linux
expect sector-size 512
expect sectors 4
read sector=1 count=1
close
destroy
END
finish

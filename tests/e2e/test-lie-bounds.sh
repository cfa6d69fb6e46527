#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Beyond the end, and sums that wrap around: refused, and nothing is written.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for protocol in x86_64-abi x86_32-abi arm-abi; do
  d=$((d + 1))
  guest $d <<END
$disk
connect linux protocol=$protocol
write sector=32760 count=8 pattern=7
raw op=0 sector=32761 segs=0-7
raw op=1 sector=32761 segs=0-7
raw op=1 sector=32768 segs=0-0
raw op=0 sector=0xffffffffffffffff segs=0-7
raw op=1 sector=0xffffffffffffffff segs=0-0
raw op=1 sector=0xfffffffffffffff8 segs=0-7
raw op=0 sector=0x80000000000000 segs=0-7
raw op=0 sector=0x7fffffffffffff segs=0-7
raw op=5 sector=32760 nr-sectors=9
raw op=5 sector=0 nr-sectors=0xffffffffffffffff
raw op=5 sector=8 nr-sectors=0xffffffffffffffff
raw op=5 sector=0xffffffffffffffff nr-sectors=1
raw op=5 sector=0x80000000000000 nr-sectors=0x80000000000000
verify sector=32760 count=8 pattern=7
# An empty flush or barrier has no place: any sector will do.
barrier sector=0xffffffffffffffff
flush sector=0xffffffffffffffff
expect problems 0
close
destroy
END
  wait_no_worker
done
finish

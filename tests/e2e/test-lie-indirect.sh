#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Indirect requests of no segments, of too many, of other operations, nested
# ones, and pages of segments that are not granted or change while they are
# read: an error for that request, and the disk goes on.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for protocol in x86_64-abi x86_32-abi arm-abi; do
  d=$((d + 1))
  guest $d <<END
$disk
connect linux protocol=$protocol segments=64
write sector=0 count=512 pattern=6
raw op=6 inner=0 nr=1 expect=ok
raw op=6 inner=0 nr=0
raw op=6 inner=0 nr=257
raw op=6 inner=1 nr=65535
raw op=6 inner=6 nr=1
raw op=6 inner=2 nr=1
raw op=6 inner=3 nr=1
raw op=6 inner=5 nr=1
raw op=6 inner=255 nr=1
raw op=6 inner=0 segs=0-7,0-8
raw op=6 inner=0 segs=0-7,5-4
raw op=6 inner=0 segs=0-7,0-255
raw op=6 inner=0 sector=32761
raw op=6 inner=1 sector=0xffffffffffffffff
raw op=6 inner=0 igref=none
raw op=6 inner=0 igref=huge
raw op=6 inner=0 gref=none
raw op=6 inner=0 grant=other
sh $ctl fail copy 1
raw op=6 inner=0
sh $ctl fail copy_segment 1
raw op=6 inner=0
padding ignore
flip what=indirect count=60
verify sector=0 count=512 pattern=6
expect problems 0
expect-back state 4
close
destroy
END
  wait_no_worker
done
logged 'indirect, but no read or write' || fail "nobody was told"
# Which of these the guest has is not for it to say.
guest 4 <<END
$disk mode=r
connect linux segments=64
raw op=6 inner=1
raw op=6 inner=0 expect=ok
close
destroy
END
wait_no_worker

# told COMMAND TEXT: what the log says of it
domid=4
told ()
{
  domid=$((domid + 1))
  guest $domid <<END
$disk
connect linux segments=64
$1
close
destroy
END
  wait_no_worker
  wait_log 5 "vbd/$domid/51712: warning: refused the guest's request \\($2; 1 so far"
}

told 'raw op=6 inner=0 nr=0' 'operation 0, indirect\): it has 0 segments; it must have 1 to 256'
told 'raw op=6 inner=1 nr=257' 'operation 1, indirect\): it has 257 segments; it must have 1 to 256'
told 'raw op=6 inner=6 nr=1' 'operation 6, indirect\): indirect, but no read or write'
told 'raw op=0 nr=12' 'operation 0\): it has 12 segments; it must have 1 to 11'
told 'raw op=0 segs=5-4' 'operation 0\): malformed segments'
finish copy_refused

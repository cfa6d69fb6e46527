#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Segments that make no sense, too many of them, or none: refused one by one.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for protocol in x86_64-abi x86_32-abi arm-abi; do
  d=$((d + 1))
  guest $d <<END
$disk
connect linux protocol=$protocol
write sector=0 count=88 pattern=7
raw op=0 segs=5-3
raw op=1 segs=5-3
raw op=0 segs=0-8
raw op=0 segs=0-255
raw op=0 segs=255-255
raw op=0 segs=0-7,0-7,7-6
raw op=0 nr=12 segs=0-7
raw op=0 nr=255 segs=0-7
raw op=0 nr=0 segs=0-7
raw op=1 nr=0 segs=0-7
raw op=1 nr=12 segs=0-7
raw op=2 nr=12 segs=0-7
raw op=3 nr=12 segs=0-7
raw op=0 segs=0-7,0-7 gref=same expect=ok
verify sector=0 count=88 pattern=7
expect problems 0
expect-back state 4
close
destroy
END
  wait_no_worker
done
wait_log 1 'refused the guest'
# The log is not flooded.
[ "$(grep -c 'refused the guest' "$log")" -le $((7 * d)) ] || fail "too many lines"
finish

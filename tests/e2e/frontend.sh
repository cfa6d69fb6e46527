# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The tests called test-frontend-NAME.sh: the frontend NAME, with each layout
# of the ring, and without the key that says which (then it is x86_32).

style=$(basename "$0" .sh)
style=${style#test-frontend-}
. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 64M
start_daemon
domid=0
for protocol in x86_64-abi x86_32-abi arm-abi none; do
  domid=$((domid + 1))
  guest $domid <<END
$disk
connect $style protocol=$protocol
expect sectors 131072
expect sector-size 512
expect info 0
expect flush 1
expect barrier 1
expect discard 1
write sector=0 count=64 pattern=$domid
verify sector=0 count=64 pattern=$domid
write sector=100 count=50 pattern=9 skip=3 fragment=5
verify sector=100 count=50 pattern=9 skip=1 fragment=3
flush
barrier
barrier sector=200 count=8 pattern=4
verify sector=200 count=8 pattern=4
discard sector=0 count=64
verify sector=0 count=64 pattern=0
read sector=131071 count=1
read sector=131071 count=2 expect=error
load rw=randrw depth=32 seconds=0.3 verify=1 flush=16 size=4194304 json=$D/load
expect problems 0
close
destroy
END
  wait_no_worker
done
finish

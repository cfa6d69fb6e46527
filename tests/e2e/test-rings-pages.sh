#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Rings of several pages, by both names of their number, in all layouts.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
domid=0
for protocol in x86_64-abi x86_32-abi arm-abi; do
  for how in order=1 order=4 'order=2 naming=num'; do
    domid=$((domid + 1))
    pages=$((1 << $(echo "$how" | sed 's/order=\(.\).*/\1/')))
    guest $domid <<END
$disk
expect-back max-ring-page-order 4
expect-back max-ring-pages 16
connect linux protocol=$protocol $how
expect ring $pages
load rw=randrw depth=$((pages * 32)) seconds=0.2 verify=1 flush=50 size=4194304 json=$D/load
expect problems 0
close
destroy
END
    wait_no_worker
  done
done
finish

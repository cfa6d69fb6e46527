#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A guest whose second processor changes a request while it is read: any
# answer will do, as long as there is one; what was checked is what is used.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for protocol in x86_64-abi x86_32-abi arm-abi; do
  for what in last nr op gref; do
    d=$((d + 1))
    guest $d <<END
$disk
connect linux protocol=$protocol
padding ignore
flip what=$what count=60
# The page after the one that was granted holds what it held.
write sector=800 count=88 pattern=6
verify sector=800 count=88 pattern=6
expect problems 0
expect-back state 4
close
destroy
END
    wait_no_worker
  done
done
finish copy_refused

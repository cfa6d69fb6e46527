#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# Operations that nobody knows, and those that were not offered: EOPNOTSUPP,
# with the operation given back.  A discard that is to be secure is a discard.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
d=0
for protocol in x86_64-abi x86_32-abi arm-abi; do
  d=$((d + 1))
  guest $d <<END
$disk
connect linux protocol=$protocol
raw op=4 expect=eopnotsupp
raw op=7 expect=eopnotsupp
raw op=100 expect=eopnotsupp
raw op=255 expect=eopnotsupp
discard sector=0 count=8 secure=1
read sector=0 count=8
expect problems 0
expect-back state 4
close
destroy
END
  wait_no_worker
done
finish

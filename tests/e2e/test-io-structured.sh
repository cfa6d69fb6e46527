#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# With structured replies: holes of a sparse file are read as zeros, whatever
# was in the buffer before.

. "$SRCDIR/tests/e2e/lib.sh"

truncate -s 16M "$D/disk"
start_nbdkit s1 file "$D/disk"
echo "structured-replies = yes" >"$D/conf"
start_daemon --config "$D/conf"
guest 1 <<END
$disk
connect linux
write sector=0 count=256 pattern=7
write sector=512 count=256 pattern=8
verify sector=256 count=256 pattern=0
verify sector=0 count=256 pattern=7
discard sector=128 count=64
verify sector=120 count=8 pattern=7
verify sector=128 count=64 pattern=0
verify sector=192 count=64 pattern=7
load rw=randrw depth=32 seconds=1 verify=1 json=$D/load
expect problems 0
close
destroy
END
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server fails writes, flushes and trims: each answer says so, and what
# follows works.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter error
start_nbdkit s1 --filter=error memory 16M \
  error-pwrite=ENOSPC error-pwrite-rate=100% error-pwrite-file="$D/write" \
  error-trim=EIO error-trim-rate=100% error-trim-file="$D/trim"
start_daemon
guest 1 <<END
$disk
connect linux
sh touch $D/write
write sector=0 count=8 expect=error
barrier sector=0 count=8 expect=error
sh rm $D/write
write sector=0 count=8 pattern=3
sh touch $D/trim
discard sector=64 count=64 expect=error
sh rm $D/trim
discard sector=64 count=64
barrier sector=8 count=8 pattern=4
verify sector=0 count=8 pattern=3
verify sector=8 count=8 pattern=4
expect problems 0
close
destroy
END
finish

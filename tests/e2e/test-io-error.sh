#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The server fails reads: those requests fail, and the disk goes on.

. "$SRCDIR/tests/e2e/lib.sh"

need_filter error
start_nbdkit s1 --filter=error memory 16M error-pread=EIO \
  error-pread-rate=100% error-pread-file="$D/fail"
start_daemon
guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
sh touch $D/fail
read sector=0 count=88 expect=error
read sector=4000 count=8 expect=error
write sector=88 count=88 pattern=8
flush
sh rm $D/fail
verify sector=0 count=88 pattern=7
verify sector=88 count=88 pattern=8
expect-back state 4
expect problems 0
close
destroy
END
wait_log 5 'read of 45056 bytes at 0 failed: Input/output error'
finish

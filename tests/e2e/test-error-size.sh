#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# An export of size 0 is refused; one that is no multiple of 512 bytes is
# rounded down, and the log says by how much.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 0
start_daemon
refused "nbd:unix:$D/s1" 'size|empty|0 bytes|small'
kill_server s1
start_nbdkit s1 memory 1048577
guest 1 <<END
$disk
connect linux
expect sectors 2048
write sector=2047 count=1
read sector=2048 count=1 expect=error
close
destroy
END
wait_log 5 'rounded down by 1 byte'
wait_no_worker
kill_server s1
start_nbdkit s1 memory 511
refused "nbd:unix:$D/s1" 'size|small|bytes'
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A new disk, and a change at a disk that is known, seen in one go: the new
# one is not overlooked.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_nbdkit s2 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/first
sh wait-flag go
destroy
END
wait_flag first
sleep 0.5
kill -STOP $daemon
start_guest 2 <<END
$create params=nbd:unix:$D/s2
connect linux
close
destroy
END
wait_node 5 "$(backend 2)/state" '^1$'
xenstore-write "$(backend 1)/bootable" 1
kill -CONT $daemon
wait_guest 2
touch "$D/go"
wait_guest 1
finish

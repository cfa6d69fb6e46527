#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# SIGTERM ends a worker in order: what was sent is answered or given back,
# and the device goes to Closing.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh touch $D/connected
wait-state 5
expect problems 0
expect mapped 0
close
destroy
END
wait_flag connected
kill -TERM "$(worker vbd/1/51712)"
wait_guest 1
finish

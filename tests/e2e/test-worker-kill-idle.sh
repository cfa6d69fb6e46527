#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A worker that no frontend uses dies: there is a new one when it is needed.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
sh touch $D/created
sh wait-flag killed
connect linux timeout=20
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
expect problems 0
close
destroy
END
wait_flag created
kill -KILL "$(worker vbd/1/51712)"
wait_log 5 'worker was killed'
touch "$D/killed"
wait_guest 1
finish

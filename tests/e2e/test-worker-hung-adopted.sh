#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The same with a worker that another daemon had started.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh touch $D/connected
sh wait-flag stopped
destroy
END
wait_flag connected
kill_daemon
kill -STOP "$(worker vbd/1/51712)"
start_daemon
touch "$D/stopped"
wait_guest 1
wait_log 1 'killing it'
finish

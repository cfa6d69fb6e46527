#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A worker that hangs: the disk is destroyed within libxl's 10 seconds all
# the same, and its pages are given back.

. "$SRCDIR/tests/e2e/lib.sh"

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
kill -STOP "$(worker vbd/1/51712)"
touch "$D/stopped"
wait_guest 1
wait_log 1 'killing it'
finish

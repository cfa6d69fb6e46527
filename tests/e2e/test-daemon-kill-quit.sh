#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The daemon is killed when it has just told a worker to quit that cannot,
# for its server stands still: the worker leaves by itself, without another
# daemon, and gives the guest's pages back.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
sh wait-flag stopped
write sector=0 count=88 async=1
sh xenstore-rm $(backend 1)
sh xenstore-rm /local/domain/1/device/vbd/51712
sh wait-flag left
expect mapped 0
destroy
END
wait_flag connected
kill -STOP "$(server s1)"
touch "$D/stopped"
wait_log 10 'removed'
kill_daemon
wait_for 20 "the worker is left" ended-of "$D/workers"
touch "$D/left"
wait_guest 1
start_daemon
finish

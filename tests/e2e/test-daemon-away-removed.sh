#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The disk is removed, with its nodes or with its whole domain, while no
# daemon runs: the next one ends the worker that is left.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8
close
sh touch $D/connected
sh wait-flag killed
sh xenstore-rm $(backend 1)
sh xenstore-rm /local/domain/1/device/vbd/51712
sh touch $D/removed
destroy
END
wait_flag connected
alive "$(worker vbd/1/51712)" || fail "no worker"
kill_daemon
touch "$D/killed"
wait_flag removed
wait_guest 1
alive "$(worker vbd/1/51712)" || fail "the worker has ended by itself"
start_daemon
wait_no_worker
wait_log 5 'without a device'
finish

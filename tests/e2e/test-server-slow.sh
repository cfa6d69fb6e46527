#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A server that stands still is waited for, with a warning; the guest sees
# no error when it goes on.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
echo "slow-warning = 0.5" >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
sh wait-flag stopped
write sector=0 count=88 pattern=7 async=1
read sector=0 count=88 async=1
drain
verify sector=0 count=88 pattern=7
expect problems 0
sh touch $D/done
close
destroy
END
wait_flag connected
kill -STOP "$(server s1)"
touch "$D/stopped"
wait_node 10 "$(backend 1)/nbd-state" '^slow'
wait_log 5 'slow|has not answered'
expect_equal state "$(node "$(backend 1)/state")" 4
kill -CONT "$(server s1)"
wait_flag done
wait_guest 1
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# With a script, InitWait comes at once and stays until the script has
# claimed the disk, whatever the frontend does; libxl waits for just that.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
create script=/etc/xen/scripts/block-nbdback hotplug=none params=nbd:unix:$D/s1
expect-back state 2
sh touch $D/created
connect minios
read sector=0 count=8
expect problems 0
close
destroy
END
wait_flag created
wait_node 10 "/local/domain/1/device/vbd/51712/state" '^4$'
sleep 1
expect_equal "the state without a claim" "$(node "$(backend 1)/state")" 2
XENBUS_PATH=$(backend 1) "$D/hot" add || fail "the claim was refused"
wait_guest 1
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# xenstored is away for a while under load: the disk is served meanwhile, and
# the frontend's end is noticed afterwards.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
load rw=randrw verify=1 until=$D/away size=4194304 json=$D/load
expect problems 0
sh touch $D/loaded
sh wait-flag back
close timeout=40
destroy
END
wait_flag connected
"$ctl" store-outage 1
sleep 1.3
"$ctl" store-outage 0.5
touch "$D/away"
wait_flag loaded
touch "$D/back"
wait_guest 1
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 1
finish

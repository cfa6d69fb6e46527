#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A daemon finds a worker of the first version: the log says so, the guest
# does not notice, what the worker does not know it is not sent, and who asks
# for that is told why not.  The disk reconnects and is detached as usual.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
. "$SRCDIR/tests/e2e/version.sh"

be_version 1
start_nbdkit s1 memory 16M
printf 'persistent-grants = on\nresize-poll = 1\n' >"$D/conf"
start_daemon --config "$D/conf"
start_guest 1 <<END
$disk
connect linux persistent=1
expect indirect 0
expect persistent 0
sh touch $D/connected
load rw=randrw verify=1 until=$D/refused size=4194304 flush=64 json=$D/load
expect problems 0
sh touch $D/loaded
sh wait-flag asked
close
state 1
wait-state 2
connect linux
load rw=randrw verify=1 requests=500 size=4194304 json=$D/load
expect problems 0
close
destroy
END
wait_flag connected
kill_daemon
start_daemon --config "$D/conf"
wait_log 5 'is of version 1 of the messages and this daemon of'
wait_node 5 "$(backend 1)/nbd-state" connected
d=vbd/1/51712
expect_nbdctl 0 'connected' list
expect_nbdctl 1 'another version' flush $d
expect_nbdctl 1 'another version' drain $d
expect_nbdctl 1 'another version' resize $d
expect_nbdctl 1 'another version' stats $d
expect_nbdctl 1 'older version' limit $d limit-ops=1000
expect_nbdctl 1 'older version' policy $d on-read-error=stop
expect_nbdctl 1 'older version' stop $d
expect_nbdctl 0 'debug' log-level debug
expect_nbdctl 0 '' show $d
touch "$D/refused"
wait_flag loaded
all_known
does_not_spin
touch "$D/asked"
wait_guest 1
all_known
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 1
finish

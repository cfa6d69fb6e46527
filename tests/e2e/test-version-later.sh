#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A daemon finds a worker of a later version whose status it understands: the
# log says so, and all is as usual.  One that it starts itself and does not
# understand, as after an upgrade without a restart, it ends, says why, and
# tries again until there is one that it does.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"
. "$SRCDIR/tests/e2e/version.sh"

be_version later
start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
load rw=randrw verify=1 seconds=3 size=4194304 flush=64 json=$D/load
expect problems 0
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
start_daemon
wait_log 5 'is of version 1000 of the messages and this daemon'
wait_node 5 "$(backend 1)/nbd-state" connected
d=vbd/1/51712
expect_nbdctl 0 '' flush $d
expect_nbdctl 0 '' resize $d
expect_nbdctl 0 '' stats $d
expect_nbdctl 0 '' limit $d limit-ops=100000
does_not_spin
touch "$D/asked"
wait_guest 1
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 1
wait_no_worker

be_version foreign
start_guest 2 --kind qdisk <<END
create params=nbd:unix:$D/s1 timeout=10
sh touch $D/created
sh wait-flag again
connect linux timeout=20
load rw=randrw verify=1 requests=500 size=4194304 json=$D/load
expect problems 0
close
destroy
END
wait_log 5 'later version than this daemon, which has to be restarted'
wait_flag created
does_not_spin
be_version own
touch "$D/again"
wait_guest 2
finish

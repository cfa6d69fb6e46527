#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The daemon is killed when it has just started a worker, and the device is
# removed before that worker has got anywhere: the next daemon waits for it,
# and ends it.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

# A worker that takes its time to start.
sed -i "s/^exec/sleep 3\n&/" "$D/worker"
start_nbdkit s1 memory 16M
start_daemon
start_guest 1 --kind qdisk <<END
create params=nbd:unix:$D/s1
sh wait-flag killed
sh xenstore-rm $(backend 1 qdisk)
sh xenstore-rm /local/domain/1/device/vbd/51712
sh touch $D/removed
destroy
END
wait_for 10 "no worker" line "$D/workers" .
kill_daemon
touch "$D/killed"
wait_flag removed
wait_guest 1
start_daemon
alive "$(worker qdisk/1/51712)" || fail "the worker has ended by itself"
wait_for 20 "a worker is left" ended-of "$D/workers"
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The daemon is killed when it has just started a worker, and the next one
# comes before that worker has got anywhere: it waits for it, and no worker
# is left over.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

# A worker that takes its time to start.
sed -i 's/^exec/sleep 1\n&/' "$D/worker"
start_nbdkit s1 memory 16M
start_daemon
start_guest 1 --kind qdisk <<END
create params=nbd:unix:$D/s1
connect linux timeout=20
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
expect problems 0
close
destroy
END
wait_for 10 "no worker" line "$D/workers" .
kill_daemon
start_daemon
wait_guest 1
expect_equal "workers that were started" "$(wc -l <"$D/workers")" 1
finish

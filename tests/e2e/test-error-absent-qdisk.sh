#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# No server, and no script: the disk stays at InitWait and says why, and
# connects when the server comes.

. "$SRCDIR/tests/e2e/lib.sh"

start_daemon
start_guest 1 --kind qdisk <<END
create params=nbd:unix:$D/s1
expect-back state 2 timeout=5
connect linux timeout=20
read sector=0 count=8
close
destroy
END
wait_node 10 "$(backend 1 qdisk)/nbd-state" '^opening: .*no such file'
wait_node 5 "$(error_node 1 qdisk)" 'no such file'
expect_equal "state" "$(node "$(backend 1 qdisk)/state")" 2
start_nbdkit s1 memory 16M
wait_guest 1
wait_no_node 5 "$(error_node 1 qdisk)"
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# On route qdisk nobody waits for a verdict: a target that does not parse is
# in the error node and in the log.

. "$SRCDIR/tests/e2e/lib.sh"

start_daemon
guest 1 --kind qdisk <<END
create params=nbd:unix:relative
expect-back state 2 timeout=5
END
wait_node 5 "$(error_node 1 qdisk)" 'relative'
wait_node 5 "$(backend 1 qdisk)/nbd-state" '^failed: .*relative'
wait_log 1 'qdisk/1/51712: error: .*relative'
guest 1 --kind qdisk <<END
destroy
END
wait_no_node 5 "$(error_node 1 qdisk)"
finish

#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The three kinds of backend, each under its own folder of xenstore; qdisk
# needs no script.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
work="connect linux
write sector=8 count=88 pattern=5
verify sector=8 count=88 pattern=5
close
destroy"
guest 1 --kind qdisk <<END
create params=nbd:unix:$D/s1
$work
END
wait_no_worker
guest 2 --kind qdisk <<END
create params=aio:nbd+unix:///?socket=$D/s1
$work
END
wait_no_worker
guest 3 --kind vbd3 <<END
$create params=aio:nbd:unix:$D/s1
$work
END
wait_no_worker
guest 4 --kind vbd <<END
$create params=nbd+unix:///?socket=$D/s1
$work
END
finish

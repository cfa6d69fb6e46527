#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A VM is destroyed and another one gets its export at once.  The old worker
# may need a moment to end; the new one's script waits for that instead of
# being refused.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=8 pattern=7
close
sh touch $D/first
sh wait-flag go
destroy
END
wait_flag first
old=$(worker vbd/1/51712)
kill -STOP "$old"
touch "$D/go"
wait_guest 1
{ sleep 1; kill -CONT "$old"; } &
guest 2 <<END
$disk
connect linux
verify sector=0 count=8 pattern=7
close
destroy
END
finish

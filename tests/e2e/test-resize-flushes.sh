#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# To ask for the size, a new connection is made.  What was written by the one
# before is flushed first: a server without multi-conn need not do that later.

. "$SRCDIR/tests/e2e/volatile.sh"
. "$SRCDIR/tests/e2e/control.sh"

start_volatile alone=1 fail="$D/fail"
start_daemon
start_guest 1 <<END
$disk
connect linux
write sector=0 count=88 pattern=7
sh touch $D/written
sh wait-flag resized
flush
sh touch $D/flushed
sh wait-flag killed
verify sector=0 count=88 pattern=7
expect problems 0
close
destroy
END
wait_flag written
touch "$D/fail"
expect_nbdctl 1 'resize: the server cannot flush: Input/output error' resize 1/xvda
rm "$D/fail"
expect_nbdctl 0 '^size: 4194304$' resize 1/xvda
touch "$D/resized"
wait_flag flushed
kill_server s1
start_volatile alone=1
touch "$D/killed"
wait_guest 1
finish

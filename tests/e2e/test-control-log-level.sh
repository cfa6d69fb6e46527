#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The log level of the daemon and its workers is changed while they run.

. "$SRCDIR/tests/e2e/lib.sh"
. "$SRCDIR/tests/e2e/control.sh"

start_nbdkit s1 memory 16M
start_daemon
expect_nbdctl 0 '^level: info$' log-level
start_guest 1 <<END
$disk
sh touch $D/created
sh wait-flag go
connect linux
sh touch $D/connected
sh wait-flag seen
close
destroy
END
wait_flag created
expect_nbdctl 1 'level = loud: it must be error, warning, info or debug' log-level loud
expect_nbdctl 0 '"level": "debug"' --json log-level debug
touch "$D/go"
wait_flag connected
wait_log 5 'xen-nbdback-worker: vbd/1/51712: serving 1 ring'
expect_nbdctl 0 '^level: warning$' log-level warning
touch "$D/seen"
wait_guest 1
not logged 'removed' || fail "the daemon still logs what it should not"
finish

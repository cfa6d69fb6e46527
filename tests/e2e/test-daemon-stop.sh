#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# SIGTERM: the daemon ends with status 0, and the worker goes on; a second
# daemon beside the first does not start.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

start_nbdkit s1 memory 16M
start_daemon
! $daemon_wrapper "$BUILDDIR/xen-nbdback" --run-dir "$run_dir" >"$D/second" 2>&1 ||
  fail "a second daemon started"
grep -Eiq 'running|lock' "$D/second" || fail "no reason: $(cat "$D/second")"
start_guest 1 <<END
$disk
connect linux
sh touch $D/connected
sh wait-flag stopped
write sector=0 count=88 pattern=7
verify sector=0 count=88 pattern=7
sh touch $D/used
sh wait-flag started
expect problems 0
close
destroy
END
wait_flag connected
stop_daemon
touch "$D/stopped"
wait_flag used
start_daemon
wait_log 5 'found its worker'
touch "$D/started"
wait_guest 1
finish

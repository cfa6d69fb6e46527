#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# A second daemon in the same run directory says so and ends; the first one
# serves on.  A lock that something holds for a moment, such as a child of a
# daemon that was killed, does not keep the next daemon away.

. "$SRCDIR/tests/e2e/lib.sh"
restarts_daemon

need flock
start_nbdkit s1 memory 16M
start_daemon
"$BUILDDIR/xen-nbdback" --run-dir "$run_dir" --worker "$D/worker" \
  >"$D/second" 2>&1 </dev/null
expect_equal "exit status of the second daemon" $? 1
grep -q 'another xen-nbdback is running' "$D/second" ||
  fail "no reason: $(cat "$D/second")"
guest 1 <<END
$disk
connect linux
read sector=0 count=8
close
destroy
END
kill_daemon
flock "$run_dir/lock" -c "touch '$D/locked'; sleep 0.3" &
processes="$processes $!"
wait_flag locked
start_daemon
finish

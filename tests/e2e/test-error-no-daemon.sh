#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# The daemon does not run: the script fails at once and says so.  A daemon
# that is started later takes the disk.

. "$SRCDIR/tests/e2e/lib.sh"

start_nbdkit s1 memory 16M
guest_patience=3
! try_guest 1 <<END || fail "attached without a daemon"
$disk wait=0
END
guest_patience=60
node_is "$(backend 1)/hotplug-error" 'not running' ||
  fail "hotplug-error is '$(node "$(backend 1)/hotplug-error")'"
start_daemon
guest 1 <<END
wait-state 2
destroy
END
finish
